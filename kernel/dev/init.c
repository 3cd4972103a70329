/* init.c: the devices in the order in which they need each other. */
#include "dev/console.h"
#include "dev/tty.h"
#include "dev/uart.h"
#include "dev/vt.h"
#include "lib/klog.h"

void dev_init(void)
{
    if (tty_core_init())
        klog_err("dev: no /dev/tty");
    uart_init();
    vt_init();
    console_init();
}
