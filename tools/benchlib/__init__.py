"""What tools/bench is made of: the machine, the bars, the tables."""
