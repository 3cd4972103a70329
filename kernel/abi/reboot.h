/* reboot(2): reboot(MAGIC1, MAGIC2, cmd, arg). */
#pragma once

#define LINUX_REBOOT_MAGIC1  0xfee1dead
#define LINUX_REBOOT_MAGIC2  672274793
#define LINUX_REBOOT_MAGIC2A 85072278
#define LINUX_REBOOT_MAGIC2B 369367448
#define LINUX_REBOOT_MAGIC2C 537993216

#define RB_AUTOBOOT          0x01234567
#define RB_HALT              0xcdef0123
#define RB_ENABLE_CAD        0x89abcdef
#define RB_DISABLE_CAD       0x00000000
#define RB_POWER_OFF         0x4321fedc
#define RB_RESTART2          0xa1b2c3d4
