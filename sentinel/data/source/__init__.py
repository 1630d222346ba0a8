"""Where rows come from: one file a source. Each brings its files to this machine; none is looked into here."""
