"""One file per protocol. A connector turns a server's settings into raw bytes and knows no other connector."""
