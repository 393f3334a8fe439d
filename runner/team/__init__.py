"""A team's own checks: from the service's files behind the fence, from installed packages in our own process."""
