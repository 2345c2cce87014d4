"""What the screens of both CRMs share: forms, headers, reasons of a score, and times as people read them."""
