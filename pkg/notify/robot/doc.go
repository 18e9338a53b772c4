// Package robot delivers alerts over HTTP: to a webhook of one's own, and to
// the robots of DingTalk, WeCom, Feishu, Slack and Telegram.
//
// Robots mostly answer 200 whatever happened and put an error code into the
// body: only their own word for success counts as one.
package robot
