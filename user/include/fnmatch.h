/* File name patterns: * ? [set] [!set] and \ to quote. */
#pragma once

#define FNM_NOMATCH  1
#define FNM_NOESCAPE 2
#define FNM_PATHNAME 1
#define FNM_PERIOD   4

/* 0 when `name` matches `pattern`. FNM_PATHNAME: only a written '/' matches '/'. FNM_PERIOD: only a
 * written '.' matches a leading '.'. */
int fnmatch(const char *pattern, const char *name, int flags);
