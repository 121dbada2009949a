"""The offline model: reads a question by rules, writes SQL, needs no network and no key."""
