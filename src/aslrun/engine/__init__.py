"""What happens next in an execution: events in, effects out, without a clock, a wait or a random number of its own."""
