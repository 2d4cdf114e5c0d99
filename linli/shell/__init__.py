"""Settings, urls, navigation, pages that combine rooms, command line, demonstration district."""
