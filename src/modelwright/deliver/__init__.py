"""What a run hands over: a checked submission, a report a person can read, and a bundle that predicts on new rows."""
