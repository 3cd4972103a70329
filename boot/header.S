/* The two ways in: a multiboot2 header for GRUB and a PVH note for `qemu -kernel`. Both lead to
 * start (start.S).
 *
 * Sources: the Multiboot2 Specification, "OS image format"; the Xen x86/HVM direct boot ABI (PVH).
 */

#define MB2_MAGIC     0xe85250d6
#define MB2_TAG_END   0
#define MB2_TAG_INFO  1
#define MB2_TAG_CONSOLE 4
#define MB2_TAG_FB    5
#define MB2_TAG_ALIGN 6
#define MB2_OPTIONAL  1
#define XEN_ELFNOTE_PHYS32_ENTRY 18

    .section .multiboot, "a"
    .balign 8
mb2_header:
    .long MB2_MAGIC
    .long 0                             /* architecture: i386, protected mode */
    .long mb2_end - mb2_header
    .long -(MB2_MAGIC + 0 + (mb2_end - mb2_header))

    .balign 8                           /* a console is welcome, not required; text is fine */
    .short MB2_TAG_CONSOLE, MB2_OPTIONAL
    .long 12
    .long 2
    .balign 8                           /* so is a framebuffer of any size, 32 bits a pixel */
    .short MB2_TAG_FB, MB2_OPTIONAL
    .long 20
    .long 1024, 768, 32
    .balign 8                           /* modules start on a page: frames are freed whole */
    .short MB2_TAG_ALIGN, 0
    .long 8
    .balign 8
    .short MB2_TAG_END, 0
    .long 8
mb2_end:

    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start

    .section .note.GNU-stack, "", @progbits
