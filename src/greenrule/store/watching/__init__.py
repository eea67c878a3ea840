"""The watching room: what findings rest on, what has changed since, who is told; and events that go out to other systems."""
