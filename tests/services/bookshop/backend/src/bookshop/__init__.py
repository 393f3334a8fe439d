"""A bookshop: books, and the orders for them."""
