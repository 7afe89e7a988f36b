exim_prepare() {
	:
}
exim_start() {
	:
}
exim_await() {
	:
}
