opensmtpd_prepare() {
	:
}
opensmtpd_start() {
	:
}
opensmtpd_await() {
	:
}
