"""aslrun: an embeddable, async interpreter of the Amazon States Language."""
