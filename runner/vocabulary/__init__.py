"""What do names mean? One module per meaning, so that every room reads a name alike."""
