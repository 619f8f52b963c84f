"""Load tests. They know the services by HTTP only and import nothing of them."""
