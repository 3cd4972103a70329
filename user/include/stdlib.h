/* Memory, numbers, the environment, sorting, ending. */
#pragma once

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX     0x7fffffff

void *malloc(size_t payload);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t payload);
void *reallocarray(void *p, size_t count, size_t size);
void free(void *p);

long strtol(const char *restrict s, char **restrict end, int base);
unsigned long strtoul(const char *restrict s, char **restrict end, int base);
long long strtoll(const char *restrict s, char **restrict end, int base);
unsigned long long strtoull(const char *restrict s, char **restrict end, int base);
double strtod(const char *restrict s, char **restrict end);
int atoi(const char *s);
long atol(const char *s);
double atof(const char *s);
int abs(int x);
long labs(long x);

char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
int putenv(char *string); /* "NAME=value"; copied */
int clearenv(void);

void qsort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *));
void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*cmp)(const void *, const void *));

void exit(int status) __attribute__((noreturn)); /* runs atexit functions, flushes stdio */
void _Exit(int status) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));
int atexit(void (*fn)(void));
int system(const char *command);
int rand(void);
void srand(unsigned int seed);
char *realpath(const char *restrict path,
               char *restrict resolved); /* resolved: PATH_MAX bytes, or NULL */
int mkstemp(char *template);             /* replaces the trailing XXXXXX */
char *mkdtemp(char *template);
