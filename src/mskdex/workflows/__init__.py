"""The verbs as functions: all that the command line and the web call. Import the verb that you need."""
