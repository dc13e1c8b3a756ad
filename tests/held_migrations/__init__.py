"""Stand in for an app's migrations where a test needs one that is not applied."""
