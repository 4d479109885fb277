"""The three ways in which sites keep tabs: linked pages, js-store listings, folders."""
