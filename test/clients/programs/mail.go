// net/smtp of Go's standard library; the certificate is the relay's own, so TLS is set up by hand.
package main

import (
	"crypto/tls"
	"encoding/base64"
	"net/smtp"
	"os"
	"strings"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	e := os.Getenv
	c, err := smtp.Dial(e("SMTP_HOST") + ":" + e("SMTP_PORT"))
	must(err)
	must(c.StartTLS(&tls.Config{InsecureSkipVerify: true}))
	must(c.Auth(smtp.PlainAuth("", e("SMTP_USERNAME"), e("SMTP_PASSWORD"), e("SMTP_HOST"))))
	must(c.Mail(e("MAIL_FROM")))
	must(c.Rcpt(e("MAIL_TO")))
	w, err := c.Data()
	must(err)
	subject := "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(e("MAIL_SUBJECT"))) + "?="
	text := strings.ReplaceAll(e("MAIL_TEXT"), "\n", "\r\n")
	_, err = w.Write([]byte("From: Shop <" + e("MAIL_FROM") + ">\r\nTo: " + e("MAIL_TO") + "\r\nSubject: " + subject +
		"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"))
	must(err)
	must(w.Close())
	must(c.Quit())
}
