"""Where facts come from: the NZ TAB affiliates API, asked with manners and read into the words of the trade."""
