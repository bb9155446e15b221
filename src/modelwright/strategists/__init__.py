"""Who proposes experiments: rules that need no language model; later a model, or a remote colleague."""
