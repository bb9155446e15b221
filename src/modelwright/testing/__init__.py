"""What plug-in authors and our own tests build on: contract tests to inherit, scripted fakes, small records."""
