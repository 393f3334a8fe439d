"""Starting and stopping what a check needs: PostgreSQL, Redis, the service, locust. Everything on loopback."""
