/* Jobs and the terminal: who runs, and who has the keyboard. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct job;
struct job *job_new(const char *source);
pid_t job_fork(struct job *job, bool foreground); /* as fork; the child is set up to run */
int job_wait(struct job *job);                    /* foreground; returns its status */
void job_background(struct job *job, bool announce);
void jobs_update(bool report); /* collect what ended or stopped meanwhile */
void jobs_forget(void);        /* in a subshell: they are not our children */
void jobs_init(void);
int builtin_jobs(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_wait(int argc, char **argv);
int builtin_kill(int argc, char **argv);

/* The line editor, and the terminal's modes: raw while a person edits or the shell itself works,
 * normal for programs. */
char *edit_line(const char *prompt); /* NULL at ^D on an empty line */
void edit_newline(void);             /* end the line on the screen, if that is still to be done */
void edit_leave(void);               /* normal modes */
void edit_handed_over(void);         /* a child did both */
bool edit_interrupted(int wait_ms);  /* whether ^C was typed while the shell itself works */
void edit_keep_modes(void);          /* the present modes are the normal ones */
void edit_restore_modes(void);       /* normal modes, whatever a killed program left behind */
void history_add(const char *line);

/* How many names the word at pos may become; they and their array are to be freed. */
int complete(const char *line, size_t pos, char ***matches);
