"""Outbound messages: the sender's side of Salesforce's SOAP notifications."""
