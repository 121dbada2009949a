"""What happened in every run, kept on this machine as it goes."""
