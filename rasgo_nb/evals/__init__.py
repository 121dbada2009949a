"""Whether the agent got better: cases, scores that are kept apart, and what differs by more than noise."""
