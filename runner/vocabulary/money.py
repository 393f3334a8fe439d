"""Which names are of money, or of a quantity that is counted as exactly?"""

from runner.vocabulary.names import set_of, words_of

AMOUNTS = set_of(
    "price prices amount amounts cost costs total totals subtotal balance fee fees salary wage tax taxes money cash",
    "payment payments payout revenue budget discount charge refund deposit deposits credit debit premium surcharge",
    "tariff commission invoice invoices bid quantity qty quantities salaries wages discounts charges refunds revenues",
    "royalty royalties earning earnings income expense expenses allowance bonus bonuses stipend donation donations",
    "pension bounty payroll paid owed dues vat levy toll fare fares rent loan loans debt debts profit profits turnover",
    "rebate rebates tips fine fines penalty penalties compensation reimbursement remuneration honorarium commissions",
    "tip tipped gratuity gratuities cashback",
    "deductible copay claimed usd eur gbp cny jpy chf cents dollars euros yuan",
)
VALUES = set_of("value worth sum net gross due margin limit minimum maximum min max estimate offer reserve spent")
PAID_FOR = set_of("hourly daily weekly monthly yearly night nightly pay billing rental")


def is_amount(name: str) -> bool:
    """By a word of it: `unit_price`, `taxTotal`. A rate alone may be of anything; one for a time is paid."""
    words = words_of(name)
    return bool(AMOUNTS & set(words)) or (words[-1:] == ("rate",) and bool(PAID_FOR & set(words)))


def is_value(name: str) -> bool:
    """May it be money where a currency stands beside it? `value`, `net`; a weight, a rate or a place is none."""
    words = words_of(name)
    return bool(words) and words[-1] in VALUES


def is_currency(name: str) -> bool:
    """Does it say in which money what stands beside it is: `currency`, `currency_code`?"""
    return "currency" in words_of(name)
