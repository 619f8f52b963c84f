"""Load tests. They know the services by HTTP and gRPC, and import nothing of them; `arms` are what they load."""
