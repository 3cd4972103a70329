/* Buffered streams and formatted text. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define EOF    (-1)
#define BUFSIZ 4096
#define _IOFBF 0 /* written when the buffer is full */
#define _IOLBF 1 /* ... or at each newline */
#define _IONBF 2 /* ... or at once */

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

typedef struct FILE FILE;
extern FILE *const stdin, *const stdout, *const stderr;

FILE *fopen(const char *restrict path, const char *restrict mode);
FILE *fdopen(int fd, const char *mode);
FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict f);
int fclose(FILE *f);
int fflush(FILE *f);                                                      /* NULL: all streams */
int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size); /* buf is ignored */
void setlinebuf(FILE *f);
int fileno(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int fseek(FILE *f, long offset, int whence);
long ftell(FILE *f);
void rewind(FILE *f);
FILE *popen(const char *command, const char *mode);
int pclose(FILE *f);

int fgetc(FILE *f);
int getc(FILE *f);
int getchar(void);
int ungetc(int c, FILE *f);
char *fgets(char *restrict s, int size, FILE *restrict f);
size_t fread(void *restrict buf, size_t size, size_t count, FILE *restrict f);
ssize_t getdelim(char **restrict line, size_t *restrict cap, int delim, FILE *restrict f);
ssize_t getline(char **restrict line, size_t *restrict cap, FILE *restrict f);

int fputc(int c, FILE *f);
int putc(int c, FILE *f);
int putchar(int c);
int fputs(const char *restrict s, FILE *restrict f);
int puts(const char *s);
size_t fwrite(const void *restrict buf, size_t size, size_t count, FILE *restrict f);

/* %d %i %u %x %X %o %c %s %p %f %% %n is refused; flags - 0 + # and space, width and precision
 * (also *), hh h l ll z t j. %f prints the integer part exactly and 19 digits of the fraction; %e
 * and %g do not exist. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
int printf(const char *restrict fmt, ...) PRINTF_LIKE(1, 2);
int fprintf(FILE *restrict f, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int dprintf(int fd, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int sprintf(char *restrict s, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int snprintf(char *restrict s, size_t size, const char *restrict fmt, ...) PRINTF_LIKE(3, 4);
int asprintf(char **restrict out, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int vprintf(const char *restrict fmt, va_list ap) PRINTF_LIKE(1, 0);
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap) PRINTF_LIKE(2, 0);
int vdprintf(int fd, const char *restrict fmt, va_list ap) PRINTF_LIKE(2, 0);
int vsnprintf(char *restrict s, size_t size, const char *restrict fmt, va_list ap)
    PRINTF_LIKE(3, 0);

/* %d %i %u %x %o %c %s %n %% and %[set]; width, * and h hh l ll z. */
int sscanf(const char *restrict s, const char *restrict fmt, ...)
    __attribute__((format(scanf, 2, 3)));
int fscanf(FILE *restrict f, const char *restrict fmt, ...) __attribute__((format(scanf, 2, 3)));
int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap);

void perror(const char *prefix);
int rename(const char *oldpath, const char *newpath);
int remove(const char *path);
