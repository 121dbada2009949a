"""What rasgo_nb promises, measured: ``python -m benchmarks`` from the root of the repository."""
