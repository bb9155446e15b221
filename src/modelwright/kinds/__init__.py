"""What differs between kinds of answer: reading the target, the shape of a prediction, storing, mixing, handing in."""
