//! How the program is started where it is installed.

/// What the unit of systemd and the Dockerfile set beside the program's own settings.
pub const AS_INSTALLED: [(&str, &str); 2] = [
    (
        "GLIBC_TUNABLES",
        "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=2097152",
    ),
    ("MALLOC_ARENA_MAX", "2"),
];
