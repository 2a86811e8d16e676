"""Reports: for which days, as what table, with which picture. `studio.accounts.report_pages` makes pages of them."""
