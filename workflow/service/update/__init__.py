"""The parts of `invoke update`: what is generated otherwise now comes into a service that people have edited."""
