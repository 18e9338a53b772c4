// Package notify carries alerts and mails to people and programs outside. It
// holds the ports: a Mailer for mails, a Channel for alerts. Adapters are in
// sub-folders: smtp, robot (chat robots and webhooks) and script.
package notify
