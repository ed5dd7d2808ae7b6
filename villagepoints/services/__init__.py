"""Use cases: load, ask the domain, write; one public writing function is one transaction."""
