/* anon.h: anonymous memory's beginning; the rest is between the files of vm/. */
#pragma once

/* Once: the zero frame. */
void anon_init(void);
