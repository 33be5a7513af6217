/* Generated from abi/tables; do not edit.
 *
 * Every system call of Linux 6.18 as a function: __libcall_NAME makes it, __libcall_NAME_cancel is a
 * cancellation point. An error is errno and -1. Structures are the kernel's own, as <linux/…> has them;
 * on i386 a 64-bit value is the pair of registers that the call takes it in.
 */
#ifndef FERROGATE_LIBCALL_H
#define FERROGATE_LIBCALL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Gives up the calling thread's cancellable calls. From a signal handler, with its third argument: a call that the
 * signal met before or in the kernel fails with ECANCELED, and so does each cancellable one after it. */
void __libcall_cancel_from(void *ucontext);
/* Not zero: this thread's cancellable calls fail with ECANCELED. */
extern __thread int __libcall_cancelled;

struct __aio_sigset;
struct __old_kernel_stat;
struct cachestat;
struct cachestat_range;
struct clone_args;
struct epoll_event;
struct file_attr;
struct file_handle;
struct futex_waitv;
struct getcpu_cache;
struct io_event;
struct io_uring_params;
struct iocb;
struct iovec;
struct itimerspec;
struct itimerval;
struct kexec_segment;
struct landlock_ruleset_attr;
struct linux_dirent;
struct linux_dirent64;
struct lsm_ctx;
struct mmap_arg_struct;
struct mmsghdr;
struct mnt_id_req;
struct mount_attr;
struct mq_attr;
struct msgbuf;
struct msqid_ds;
struct new_utsname;
struct old_itimerspec32;
struct old_linux_dirent;
struct old_rlimit;
struct old_sigaction;
struct old_timespec32;
struct old_timeval32;
struct old_timex32;
struct old_utimbuf32;
struct old_utsname;
struct oldold_utsname;
struct open_how;
struct perf_event_attr;
struct pollfd;
struct rlimit;
struct rlimit64;
struct robust_list_head;
struct rseq;
struct rusage;
struct sched_attr;
struct sched_param;
struct sel_arg_struct;
struct sembuf;
struct shmid_ds;
struct sigaction;
struct sigaltstack;
struct sigevent;
struct siginfo;
struct sigset_argpack;
struct sockaddr;
struct stat;
struct stat64;
struct statfs;
struct statfs64;
struct statmount;
struct statx;
struct sysinfo;
struct timespec;
struct timeval;
struct timex;
struct timezone;
struct tms;
struct user_desc;
struct user_msghdr;
struct ustat;
struct utimbuf;
struct xattr_args;
union bpf_attr;

#if defined(__x86_64__) && !defined(__ILP32__)

long __libcall_read(unsigned int fd, char *buf, __SIZE_TYPE__ count); /* read */
long __libcall_read_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count);
long __libcall_write(unsigned int fd, const char *buf, __SIZE_TYPE__ count); /* write */
long __libcall_write_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count);
long __libcall_open(const char *filename, int flags, unsigned int mode); /* open */
long __libcall_open_cancel(const char *filename, int flags, unsigned int mode);
long __libcall_close(unsigned int fd); /* close */
long __libcall_stat(const char *filename, struct stat *statbuf); /* stat */
long __libcall_fstat(unsigned int fd, struct stat *statbuf); /* fstat */
long __libcall_lstat(const char *filename, struct stat *statbuf); /* lstat */
long __libcall_poll(struct pollfd *ufds, unsigned int nfds, int timeout); /* poll */
long __libcall_poll_cancel(struct pollfd *ufds, unsigned int nfds, int timeout);
long __libcall_lseek(unsigned int fd, long offset, unsigned int whence); /* lseek */
long __libcall_mmap(unsigned long addr, unsigned long len, int prot, int flags, int fd, unsigned long off); /* mmap */
long __libcall_mprotect(unsigned long start, __SIZE_TYPE__ len, int prot); /* mprotect */
long __libcall_munmap(unsigned long addr, __SIZE_TYPE__ len); /* munmap */
long __libcall_brk(unsigned long brk);
long __libcall_rt_sigaction(int arg1, const struct sigaction *arg2, struct sigaction *arg3, __SIZE_TYPE__ arg4); /* rt_sigaction */
long __libcall_rt_sigprocmask(int how, void *set, void *oset, __SIZE_TYPE__ sigsetsize); /* rt_sigprocmask */
long __libcall_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg); /* ioctl */
long __libcall_pread64(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos); /* pread, pread64 */
long __libcall_pread64_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_pwrite64(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos); /* pwrite, pwrite64 */
long __libcall_pwrite64_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_readv(int fd, const struct iovec *vec, int vlen); /* readv */
long __libcall_readv_cancel(int fd, const struct iovec *vec, int vlen);
long __libcall_writev(int fd, const struct iovec *vec, int vlen); /* writev */
long __libcall_writev_cancel(int fd, const struct iovec *vec, int vlen);
long __libcall_access(const char *filename, int mode); /* access */
long __libcall_pipe(int *fildes); /* pipe */
long __libcall_select(int n, void *inp, void *outp, void *exp, struct timeval *tvp); /* select */
long __libcall_select_cancel(int n, void *inp, void *outp, void *exp, struct timeval *tvp);
long __libcall_sched_yield(void); /* sched_yield */
long __libcall_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len, int flags, unsigned long new_addr); /* mremap */
long __libcall_msync(unsigned long start, __SIZE_TYPE__ len, int flags); /* msync */
long __libcall_msync_cancel(unsigned long start, __SIZE_TYPE__ len, int flags);
long __libcall_mincore(unsigned long start, __SIZE_TYPE__ len, unsigned char *vec); /* mincore */
long __libcall_madvise(unsigned long start, __SIZE_TYPE__ len, int behavior); /* madvise */
long __libcall_shmget(int key, __SIZE_TYPE__ size, int flag); /* shmget */
long __libcall_shmat(int shmid, char *shmaddr, int shmflg); /* shmat */
long __libcall_shmctl(int shmid, int cmd, struct shmid_ds *buf); /* shmctl */
long __libcall_dup(unsigned int fildes); /* dup */
long __libcall_dup2(unsigned int oldfd, unsigned int newfd); /* dup2 */
long __libcall_pause(void); /* pause */
long __libcall_pause_cancel(void);
long __libcall_nanosleep(struct timespec *rqtp, struct timespec *rmtp); /* nanosleep */
long __libcall_nanosleep_cancel(struct timespec *rqtp, struct timespec *rmtp);
long __libcall_getitimer(int which, struct itimerval *value); /* getitimer */
long __libcall_alarm(unsigned int seconds); /* alarm */
long __libcall_setitimer(int which, struct itimerval *value, struct itimerval *ovalue); /* setitimer */
long __libcall_getpid(void); /* getpid */
long __libcall_sendfile(int out_fd, int in_fd, long long *offset, __SIZE_TYPE__ count); /* sendfile */
long __libcall_socket(int arg1, int arg2, int arg3); /* socket */
long __libcall_connect(int arg1, struct sockaddr *arg2, int arg3); /* connect */
long __libcall_connect_cancel(int arg1, struct sockaddr *arg2, int arg3);
long __libcall_accept(int arg1, struct sockaddr *arg2, int *arg3); /* accept */
long __libcall_accept_cancel(int arg1, struct sockaddr *arg2, int *arg3);
long __libcall_sendto(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6); /* sendto */
long __libcall_sendto_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6);
long __libcall_recvfrom(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6); /* recvfrom */
long __libcall_recvfrom_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6);
long __libcall_sendmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* sendmsg */
long __libcall_sendmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_recvmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* recvmsg */
long __libcall_recvmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_shutdown(int arg1, int arg2); /* shutdown */
long __libcall_bind(int arg1, struct sockaddr *arg2, int arg3); /* bind */
long __libcall_listen(int arg1, int arg2); /* listen */
long __libcall_getsockname(int arg1, struct sockaddr *arg2, int *arg3); /* getsockname */
long __libcall_getpeername(int arg1, struct sockaddr *arg2, int *arg3); /* getpeername */
long __libcall_socketpair(int arg1, int arg2, int arg3, int *arg4); /* socketpair */
long __libcall_setsockopt(int fd, int level, int optname, char *optval, int optlen); /* setsockopt */
long __libcall_getsockopt(int fd, int level, int optname, char *optval, int *optlen); /* getsockopt */
long __libcall_clone(unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, int *child_tidptr, unsigned long tls);
long __libcall_fork(void); /* fork */
long __libcall_vfork(void); /* vfork */
long __libcall_execve(const char *filename, const char *const *argv, const char *const *envp); /* execve */
long __libcall_exit(int error_code);
long __libcall_wait4(int pid, int *stat_addr, int options, struct rusage *ru); /* wait4 */
long __libcall_wait4_cancel(int pid, int *stat_addr, int options, struct rusage *ru);
long __libcall_kill(int pid, int sig); /* kill */
long __libcall_uname(struct new_utsname *name); /* uname */
long __libcall_semget(int key, int nsems, int semflg); /* semget */
long __libcall_semop(int semid, struct sembuf *sops, unsigned int nsops); /* semop */
long __libcall_semop_cancel(int semid, struct sembuf *sops, unsigned int nsops);
long __libcall_semctl(int semid, int semnum, int cmd, unsigned long arg); /* semctl */
long __libcall_shmdt(char *shmaddr); /* shmdt */
long __libcall_msgget(int key, int msgflg); /* msgget */
long __libcall_msgsnd(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg); /* msgsnd */
long __libcall_msgsnd_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg);
long __libcall_msgrcv(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg); /* msgrcv */
long __libcall_msgrcv_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg);
long __libcall_msgctl(int msqid, int cmd, struct msqid_ds *buf); /* msgctl */
long __libcall_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg); /* fcntl */
long __libcall_fcntl_cancel(unsigned int fd, unsigned int cmd, unsigned long arg);
long __libcall_flock(unsigned int fd, unsigned int cmd); /* flock */
long __libcall_fsync(unsigned int fd); /* fsync */
long __libcall_fsync_cancel(unsigned int fd);
long __libcall_fdatasync(unsigned int fd); /* fdatasync */
long __libcall_fdatasync_cancel(unsigned int fd);
long __libcall_truncate(const char *path, long length); /* truncate */
long __libcall_ftruncate(unsigned int fd, long length); /* ftruncate */
long __libcall_getdents(unsigned int fd, struct linux_dirent *dirent, unsigned int count); /* getdents */
long __libcall_getcwd(char *buf, unsigned long size);
long __libcall_chdir(const char *filename); /* chdir */
long __libcall_fchdir(unsigned int fd); /* fchdir */
long __libcall_rename(const char *oldname, const char *newname); /* rename */
long __libcall_mkdir(const char *pathname, unsigned int mode); /* mkdir */
long __libcall_rmdir(const char *pathname); /* rmdir */
long __libcall_creat(const char *pathname, unsigned int mode); /* creat */
long __libcall_creat_cancel(const char *pathname, unsigned int mode);
long __libcall_link(const char *oldname, const char *newname); /* link */
long __libcall_unlink(const char *pathname); /* unlink */
long __libcall_symlink(const char *old, const char *new); /* symlink */
long __libcall_readlink(const char *path, char *buf, int bufsiz); /* readlink */
long __libcall_chmod(const char *filename, unsigned int mode); /* chmod */
long __libcall_fchmod(unsigned int fd, unsigned int mode); /* fchmod */
long __libcall_chown(const char *filename, unsigned int user, unsigned int group); /* chown */
long __libcall_fchown(unsigned int fd, unsigned int user, unsigned int group); /* fchown */
long __libcall_lchown(const char *filename, unsigned int user, unsigned int group); /* lchown */
long __libcall_umask(int mask); /* umask */
long __libcall_gettimeofday(struct timeval *tv, struct timezone *tz); /* gettimeofday */
long __libcall_getrlimit(unsigned int resource, struct rlimit *rlim); /* getrlimit */
long __libcall_getrusage(int who, struct rusage *ru); /* getrusage */
long __libcall_sysinfo(struct sysinfo *info); /* sysinfo */
long __libcall_times(struct tms *tbuf); /* times */
long __libcall_ptrace(long request, long pid, unsigned long addr, unsigned long data);
long __libcall_getuid(void); /* getuid */
long __libcall_syslog(int type, char *buf, int len);
long __libcall_getgid(void); /* getgid */
long __libcall_setuid(unsigned int uid); /* setuid */
long __libcall_setgid(unsigned int gid); /* setgid */
long __libcall_geteuid(void); /* geteuid */
long __libcall_getegid(void); /* getegid */
long __libcall_setpgid(int pid, int pgid); /* setpgid */
long __libcall_getppid(void); /* getppid */
long __libcall_getpgrp(void); /* getpgrp */
long __libcall_setsid(void); /* setsid */
long __libcall_setreuid(unsigned int ruid, unsigned int euid); /* setreuid */
long __libcall_setregid(unsigned int rgid, unsigned int egid); /* setregid */
long __libcall_getgroups(int gidsetsize, unsigned int *grouplist); /* getgroups */
long __libcall_setgroups(int gidsetsize, unsigned int *grouplist); /* setgroups */
long __libcall_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid); /* setresuid */
long __libcall_getresuid(unsigned int *ruid, unsigned int *euid, unsigned int *suid); /* getresuid */
long __libcall_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid); /* setresgid */
long __libcall_getresgid(unsigned int *rgid, unsigned int *egid, unsigned int *sgid); /* getresgid */
long __libcall_getpgid(int pid); /* getpgid */
long __libcall_setfsuid(unsigned int uid); /* setfsuid */
long __libcall_setfsgid(unsigned int gid); /* setfsgid */
long __libcall_getsid(int pid); /* getsid */
long __libcall_capget(void *header, void *dataptr); /* capget */
long __libcall_capset(void *header, const void *data); /* capset */
long __libcall_rt_sigpending(void *set, __SIZE_TYPE__ sigsetsize); /* rt_sigpending */
long __libcall_rt_sigtimedwait(const void *uthese, void *uinfo, const struct timespec *uts, __SIZE_TYPE__ sigsetsize); /* rt_sigtimedwait */
long __libcall_rt_sigtimedwait_cancel(const void *uthese, void *uinfo, const struct timespec *uts, __SIZE_TYPE__ sigsetsize);
long __libcall_rt_sigqueueinfo(int pid, int sig, void *uinfo); /* rt_sigqueueinfo */
long __libcall_rt_sigsuspend(void *unewset, __SIZE_TYPE__ sigsetsize); /* rt_sigsuspend */
long __libcall_rt_sigsuspend_cancel(void *unewset, __SIZE_TYPE__ sigsetsize);
long __libcall_sigaltstack(const struct sigaltstack *uss, struct sigaltstack *uoss); /* sigaltstack */
long __libcall_utime(char *filename, struct utimbuf *times); /* utime */
long __libcall_mknod(const char *filename, unsigned int mode, unsigned int dev); /* mknod */
long __libcall_personality(unsigned int personality); /* personality */
long __libcall_ustat(unsigned int dev, struct ustat *ubuf); /* ustat */
long __libcall_statfs(const char *path, struct statfs *buf); /* statfs */
long __libcall_fstatfs(unsigned int fd, struct statfs *buf); /* fstatfs */
long __libcall_sysfs(int option, unsigned long arg1, unsigned long arg2); /* sysfs */
long __libcall_getpriority(int which, int who);
long __libcall_setpriority(int which, int who, int niceval); /* setpriority */
long __libcall_sched_setparam(int pid, struct sched_param *param); /* sched_setparam */
long __libcall_sched_getparam(int pid, struct sched_param *param); /* sched_getparam */
long __libcall_sched_setscheduler(int pid, int policy, struct sched_param *param); /* sched_setscheduler */
long __libcall_sched_getscheduler(int pid); /* sched_getscheduler */
long __libcall_sched_get_priority_max(int policy); /* sched_get_priority_max */
long __libcall_sched_get_priority_min(int policy); /* sched_get_priority_min */
long __libcall_sched_rr_get_interval(int pid, struct timespec *interval); /* sched_rr_get_interval */
long __libcall_mlock(unsigned long start, __SIZE_TYPE__ len); /* mlock */
long __libcall_munlock(unsigned long start, __SIZE_TYPE__ len); /* munlock */
long __libcall_mlockall(int flags); /* mlockall */
long __libcall_munlockall(void); /* munlockall */
long __libcall_vhangup(void); /* vhangup */
long __libcall_modify_ldt(int func, void *ptr, unsigned long bytecount); /* modify_ldt */
long __libcall_pivot_root(const char *new_root, const char *put_old); /* pivot_root */
long __libcall_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* prctl */
long __libcall_arch_prctl(int option, unsigned long arg2); /* arch_prctl */
long __libcall_adjtimex(struct timex *txc_p); /* adjtimex */
long __libcall_setrlimit(unsigned int resource, struct rlimit *rlim); /* setrlimit */
long __libcall_chroot(const char *filename); /* chroot */
long __libcall_sync(void); /* sync */
long __libcall_acct(const char *name); /* acct */
long __libcall_settimeofday(struct timeval *tv, struct timezone *tz); /* settimeofday */
long __libcall_mount(char *dev_name, char *dir_name, char *type, unsigned long flags, void *data); /* mount */
long __libcall_umount2(char *name, int flags); /* umount2 */
long __libcall_swapon(const char *specialfile, int swap_flags); /* swapon */
long __libcall_swapoff(const char *specialfile); /* swapoff */
long __libcall_reboot(int magic1, int magic2, unsigned int cmd, void *arg);
long __libcall_sethostname(char *name, int len); /* sethostname */
long __libcall_setdomainname(char *name, int len); /* setdomainname */
long __libcall_iopl(unsigned int level); /* iopl */
long __libcall_ioperm(unsigned long from, unsigned long num, int turn_on); /* ioperm */
long __libcall_init_module(void *umod, unsigned long len, const char *uargs); /* init_module */
long __libcall_delete_module(const char *name_user, unsigned int flags); /* delete_module */
long __libcall_quotactl(unsigned int cmd, const char *special, int id, void *addr); /* quotactl */
long __libcall_gettid(void); /* gettid */
long __libcall_readahead(int fd, long long offset, __SIZE_TYPE__ count); /* readahead */
long __libcall_setxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* setxattr */
long __libcall_lsetxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* lsetxattr */
long __libcall_fsetxattr(int fd, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* fsetxattr */
long __libcall_getxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* getxattr */
long __libcall_lgetxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* lgetxattr */
long __libcall_fgetxattr(int fd, const char *name, void *value, __SIZE_TYPE__ size); /* fgetxattr */
long __libcall_listxattr(const char *path, char *list, __SIZE_TYPE__ size); /* listxattr */
long __libcall_llistxattr(const char *path, char *list, __SIZE_TYPE__ size); /* llistxattr */
long __libcall_flistxattr(int fd, char *list, __SIZE_TYPE__ size); /* flistxattr */
long __libcall_removexattr(const char *path, const char *name); /* removexattr */
long __libcall_lremovexattr(const char *path, const char *name); /* lremovexattr */
long __libcall_fremovexattr(int fd, const char *name); /* fremovexattr */
long __libcall_tkill(int pid, int sig); /* tkill */
long __libcall_time(long *tloc); /* time */
long __libcall_futex(unsigned int *uaddr, int op, unsigned int val, const struct timespec *utime, unsigned int *uaddr2, unsigned int val3); /* futex */
long __libcall_sched_setaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr); /* sched_setaffinity */
long __libcall_sched_getaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr);
long __libcall_io_setup(unsigned int nr_reqs, unsigned long *ctx); /* io_setup */
long __libcall_io_destroy(unsigned long ctx); /* io_destroy */
long __libcall_io_getevents(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout); /* io_getevents */
long __libcall_io_submit(unsigned long arg1, long arg2, struct iocb **arg3); /* io_submit */
long __libcall_io_cancel(unsigned long ctx_id, struct iocb *iocb, struct io_event *result); /* io_cancel */
long __libcall_lookup_dcookie(unsigned long long cookie64, char *buf, __SIZE_TYPE__ len); /* lookup_dcookie */
long __libcall_epoll_create(int size); /* epoll_create */
long __libcall_remap_file_pages(unsigned long start, unsigned long size, int prot, unsigned long pgoff, int flags); /* remap_file_pages */
long __libcall_getdents64(unsigned int fd, struct linux_dirent64 *dirent, unsigned int count); /* getdents64 */
long __libcall_set_tid_address(int *tidptr); /* set_tid_address */
long __libcall_restart_syscall(void); /* restart_syscall */
long __libcall_semtimedop(int semid, struct sembuf *sops, unsigned int nsops, const struct timespec *timeout); /* semtimedop */
long __libcall_semtimedop_cancel(int semid, struct sembuf *sops, unsigned int nsops, const struct timespec *timeout);
long __libcall_fadvise64(int fd, long long offset, __SIZE_TYPE__ len, int advice); /* fadvise64 */
long __libcall_timer_create(int which_clock, struct sigevent *timer_event_spec, int *created_timer_id);
long __libcall_timer_settime(int timer_id, int flags, const struct itimerspec *new_setting, struct itimerspec *old_setting);
long __libcall_timer_gettime(int timer_id, struct itimerspec *setting);
long __libcall_timer_getoverrun(int timer_id);
long __libcall_timer_delete(int timer_id);
long __libcall_clock_settime(int which_clock, const struct timespec *tp); /* clock_settime */
long __libcall_clock_gettime(int which_clock, struct timespec *tp); /* clock_gettime */
long __libcall_clock_getres(int which_clock, struct timespec *tp); /* clock_getres */
long __libcall_clock_nanosleep(int which_clock, int flags, const struct timespec *rqtp, struct timespec *rmtp);
long __libcall_clock_nanosleep_cancel(int which_clock, int flags, const struct timespec *rqtp, struct timespec *rmtp);
long __libcall_exit_group(int error_code); /* _exit, _Exit, exit_group */
long __libcall_epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout); /* epoll_wait */
long __libcall_epoll_wait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout);
long __libcall_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event); /* epoll_ctl */
long __libcall_tgkill(int tgid, int pid, int sig); /* tgkill */
long __libcall_utimes(char *filename, struct timeval *utimes); /* utimes */
long __libcall_mbind(unsigned long start, unsigned long len, unsigned long mode, const unsigned long *nmask, unsigned long maxnode, unsigned int flags); /* mbind */
long __libcall_set_mempolicy(int mode, const unsigned long *nmask, unsigned long maxnode); /* set_mempolicy */
long __libcall_get_mempolicy(int *policy, unsigned long *nmask, unsigned long maxnode, unsigned long addr, unsigned long flags); /* get_mempolicy */
long __libcall_mq_open(const char *name, int oflag, unsigned int mode, struct mq_attr *attr);
long __libcall_mq_unlink(const char *name);
long __libcall_mq_timedsend(int mqdes, const char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int msg_prio, const struct timespec *abs_timeout); /* mq_timedsend */
long __libcall_mq_timedsend_cancel(int mqdes, const char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int msg_prio, const struct timespec *abs_timeout);
long __libcall_mq_timedreceive(int mqdes, char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int *msg_prio, const struct timespec *abs_timeout); /* mq_timedreceive */
long __libcall_mq_timedreceive_cancel(int mqdes, char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int *msg_prio, const struct timespec *abs_timeout);
long __libcall_mq_notify(int mqdes, const struct sigevent *notification); /* mq_notify */
long __libcall_mq_getsetattr(int mqdes, const struct mq_attr *mqstat, struct mq_attr *omqstat); /* mq_getsetattr */
long __libcall_kexec_load(unsigned long entry, unsigned long nr_segments, struct kexec_segment *segments, unsigned long flags); /* kexec_load */
long __libcall_waitid(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_waitid_cancel(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_add_key(const char *_type, const char *_description, const void *_payload, __SIZE_TYPE__ plen, int destringid); /* add_key */
long __libcall_request_key(const char *_type, const char *_description, const char *_callout_info, int destringid); /* request_key */
long __libcall_keyctl(int cmd, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* keyctl */
long __libcall_ioprio_set(int which, int who, int ioprio); /* ioprio_set */
long __libcall_ioprio_get(int which, int who); /* ioprio_get */
long __libcall_inotify_init(void); /* inotify_init */
long __libcall_inotify_add_watch(int fd, const char *path, unsigned int mask); /* inotify_add_watch */
long __libcall_inotify_rm_watch(int fd, int wd); /* inotify_rm_watch */
long __libcall_migrate_pages(int pid, unsigned long maxnode, const unsigned long *from, const unsigned long *to); /* migrate_pages */
long __libcall_openat(int dfd, const char *filename, int flags, unsigned int mode); /* openat */
long __libcall_openat_cancel(int dfd, const char *filename, int flags, unsigned int mode);
long __libcall_mkdirat(int dfd, const char *pathname, unsigned int mode); /* mkdirat */
long __libcall_mknodat(int dfd, const char *filename, unsigned int mode, unsigned int dev); /* mknodat */
long __libcall_fchownat(int dfd, const char *filename, unsigned int user, unsigned int group, int flag); /* fchownat */
long __libcall_futimesat(int dfd, const char *filename, struct timeval *utimes); /* futimesat */
long __libcall_newfstatat(int dfd, const char *filename, struct stat *statbuf, int flag); /* fstatat, newfstatat */
long __libcall_unlinkat(int dfd, const char *pathname, int flag); /* unlinkat */
long __libcall_renameat(int olddfd, const char *oldname, int newdfd, const char *newname); /* renameat */
long __libcall_linkat(int olddfd, const char *oldname, int newdfd, const char *newname, int flags); /* linkat */
long __libcall_symlinkat(const char *oldname, int newdfd, const char *newname); /* symlinkat */
long __libcall_readlinkat(int dfd, const char *path, char *buf, int bufsiz); /* readlinkat */
long __libcall_fchmodat(int dfd, const char *filename, unsigned int mode);
long __libcall_faccessat(int dfd, const char *filename, int mode);
long __libcall_pselect6(int arg1, void *arg2, void *arg3, void *arg4, struct timespec *arg5, const struct sigset_argpack *arg6); /* pselect6 */
long __libcall_pselect6_cancel(int arg1, void *arg2, void *arg3, void *arg4, struct timespec *arg5, const struct sigset_argpack *arg6);
long __libcall_ppoll(struct pollfd *arg1, unsigned int arg2, struct timespec *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_ppoll_cancel(struct pollfd *arg1, unsigned int arg2, struct timespec *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_unshare(unsigned long unshare_flags); /* unshare */
long __libcall_set_robust_list(struct robust_list_head *head, __SIZE_TYPE__ len); /* set_robust_list */
long __libcall_get_robust_list(int pid, struct robust_list_head **head_ptr, __SIZE_TYPE__ *len_ptr); /* get_robust_list */
long __libcall_splice(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* splice */
long __libcall_splice_cancel(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_tee(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags); /* tee */
long __libcall_tee_cancel(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_sync_file_range(int fd, long long offset, long long nbytes, unsigned int flags); /* sync_file_range */
long __libcall_sync_file_range_cancel(int fd, long long offset, long long nbytes, unsigned int flags);
long __libcall_vmsplice(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags); /* vmsplice */
long __libcall_vmsplice_cancel(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags);
long __libcall_move_pages(int pid, unsigned long nr_pages, const void **pages, const int *nodes, int *status, int flags); /* move_pages */
long __libcall_utimensat(int dfd, const char *filename, struct timespec *utimes, int flags); /* utimensat */
long __libcall_epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_signalfd(int ufd, void *user_mask, __SIZE_TYPE__ sizemask);
long __libcall_timerfd_create(int clockid, int flags); /* timerfd_create */
long __libcall_eventfd(unsigned int count);
long __libcall_fallocate(int fd, int mode, long long offset, long long len); /* fallocate */
long __libcall_timerfd_settime(int ufd, int flags, const struct itimerspec *utmr, struct itimerspec *otmr); /* timerfd_settime */
long __libcall_timerfd_gettime(int ufd, struct itimerspec *otmr); /* timerfd_gettime */
long __libcall_accept4(int arg1, struct sockaddr *arg2, int *arg3, int arg4); /* accept4 */
long __libcall_accept4_cancel(int arg1, struct sockaddr *arg2, int *arg3, int arg4);
long __libcall_signalfd4(int ufd, void *user_mask, __SIZE_TYPE__ sizemask, int flags); /* signalfd4 */
long __libcall_eventfd2(unsigned int count, int flags); /* eventfd2 */
long __libcall_epoll_create1(int flags); /* epoll_create1 */
long __libcall_dup3(unsigned int oldfd, unsigned int newfd, int flags); /* dup3 */
long __libcall_pipe2(int *fildes, int flags); /* pipe2 */
long __libcall_inotify_init1(int flags); /* inotify_init1 */
long __libcall_preadv(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h); /* preadv */
long __libcall_preadv_cancel(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_pwritev(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h); /* pwritev */
long __libcall_pwritev_cancel(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_rt_tgsigqueueinfo(int tgid, int pid, int sig, void *uinfo); /* rt_tgsigqueueinfo */
long __libcall_perf_event_open(struct perf_event_attr *attr_uptr, int pid, int cpu, int group_fd, unsigned long flags); /* perf_event_open */
long __libcall_recvmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct timespec *timeout); /* recvmmsg */
long __libcall_recvmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct timespec *timeout);
long __libcall_fanotify_init(unsigned int flags, unsigned int event_f_flags); /* fanotify_init */
long __libcall_fanotify_mark(int fanotify_fd, unsigned int flags, unsigned int mask_1, unsigned int mask_2, int dfd, const char *pathname); /* fanotify_mark */
long __libcall_prlimit64(int pid, unsigned int resource, const struct rlimit64 *new_rlim, struct rlimit64 *old_rlim); /* prlimit, prlimit64 */
long __libcall_name_to_handle_at(int dfd, const char *name, struct file_handle *handle, int *mnt_id, int flag); /* name_to_handle_at */
long __libcall_open_by_handle_at(int mountdirfd, struct file_handle *handle, int flags); /* open_by_handle_at */
long __libcall_clock_adjtime(int which_clock, struct timex *tx); /* clock_adjtime */
long __libcall_syncfs(int fd); /* syncfs */
long __libcall_sendmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags); /* sendmmsg */
long __libcall_sendmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags);
long __libcall_setns(int fd, int nstype); /* setns */
long __libcall_getcpu(unsigned int *cpu, unsigned int *node, struct getcpu_cache *cache); /* getcpu */
long __libcall_process_vm_readv(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_readv */
long __libcall_process_vm_writev(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_writev */
long __libcall_kcmp(int pid1, int pid2, int type, unsigned long idx1, unsigned long idx2); /* kcmp */
long __libcall_finit_module(int fd, const char *uargs, int flags); /* finit_module */
long __libcall_sched_setattr(int pid, struct sched_attr *attr, unsigned int flags); /* sched_setattr */
long __libcall_sched_getattr(int pid, struct sched_attr *attr, unsigned int size, unsigned int flags); /* sched_getattr */
long __libcall_renameat2(int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags); /* renameat2 */
long __libcall_seccomp(unsigned int op, unsigned int flags, void *uargs); /* seccomp */
long __libcall_getrandom(char *buf, __SIZE_TYPE__ count, unsigned int flags); /* getrandom */
long __libcall_memfd_create(const char *uname_ptr, unsigned int flags); /* memfd_create */
long __libcall_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long cmdline_len, const char *cmdline_ptr, unsigned long flags); /* kexec_file_load */
long __libcall_bpf(int cmd, union bpf_attr *attr, unsigned int size); /* bpf */
long __libcall_execveat(int dfd, const char *filename, const char *const *argv, const char *const *envp, int flags); /* execveat */
long __libcall_userfaultfd(int flags); /* userfaultfd */
long __libcall_membarrier(int cmd, unsigned int flags, int cpu_id); /* membarrier */
long __libcall_mlock2(unsigned long start, __SIZE_TYPE__ len, int flags); /* mlock2 */
long __libcall_copy_file_range(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* copy_file_range */
long __libcall_preadv2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_preadv2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pkey_mprotect(unsigned long start, __SIZE_TYPE__ len, int prot, int pkey); /* pkey_mprotect */
long __libcall_pkey_alloc(unsigned long flags, unsigned long init_val); /* pkey_alloc */
long __libcall_pkey_free(int pkey); /* pkey_free */
long __libcall_statx(int dfd, const char *path, unsigned int flags, unsigned int mask, struct statx *buffer); /* statx */
long __libcall_io_pgetevents(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout, const struct __aio_sigset *sig); /* io_pgetevents */
long __libcall_rseq(struct rseq *rseq, unsigned int rseq_len, int flags, unsigned int sig); /* rseq */
long __libcall_uretprobe(void); /* uretprobe */
long __libcall_uprobe(void); /* uprobe */
long __libcall_pidfd_send_signal(int pidfd, int sig, void *info, unsigned int flags); /* pidfd_send_signal */
long __libcall_io_uring_setup(unsigned int entries, struct io_uring_params *p); /* io_uring_setup */
long __libcall_io_uring_enter(unsigned int fd, unsigned int to_submit, unsigned int min_complete, unsigned int flags, const void *argp, __SIZE_TYPE__ argsz); /* io_uring_enter */
long __libcall_io_uring_register(unsigned int fd, unsigned int op, void *arg, unsigned int nr_args); /* io_uring_register */
long __libcall_open_tree(int dfd, const char *path, unsigned int flags); /* open_tree */
long __libcall_move_mount(int from_dfd, const char *from_path, int to_dfd, const char *to_path, unsigned int ms_flags); /* move_mount */
long __libcall_fsopen(const char *fs_name, unsigned int flags); /* fsopen */
long __libcall_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux); /* fsconfig */
long __libcall_fsmount(int fs_fd, unsigned int flags, unsigned int ms_flags); /* fsmount */
long __libcall_fspick(int dfd, const char *path, unsigned int flags); /* fspick */
long __libcall_pidfd_open(int pid, unsigned int flags); /* pidfd_open */
long __libcall_clone3(struct clone_args *uargs, __SIZE_TYPE__ size); /* clone3 */
long __libcall_close_range(unsigned int fd, unsigned int max_fd, unsigned int flags); /* close_range */
long __libcall_openat2(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size); /* openat2 */
long __libcall_openat2_cancel(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size);
long __libcall_pidfd_getfd(int pidfd, int fd, unsigned int flags); /* pidfd_getfd */
long __libcall_faccessat2(int dfd, const char *filename, int mode, int flags); /* faccessat2 */
long __libcall_process_madvise(int pidfd, const struct iovec *vec, __SIZE_TYPE__ vlen, int behavior, unsigned int flags); /* process_madvise */
long __libcall_epoll_pwait2(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait2_cancel(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_mount_setattr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* mount_setattr */
long __libcall_quotactl_fd(unsigned int fd, unsigned int cmd, int id, void *addr); /* quotactl_fd */
long __libcall_landlock_create_ruleset(const struct landlock_ruleset_attr *attr, __SIZE_TYPE__ size, unsigned int flags); /* landlock_create_ruleset */
long __libcall_landlock_add_rule(int ruleset_fd, int rule_type, const void *rule_attr, unsigned int flags); /* landlock_add_rule */
long __libcall_landlock_restrict_self(int ruleset_fd, unsigned int flags); /* landlock_restrict_self */
long __libcall_memfd_secret(unsigned int flags); /* memfd_secret */
long __libcall_process_mrelease(int pidfd, unsigned int flags); /* process_mrelease */
long __libcall_futex_waitv(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid); /* futex_waitv */
long __libcall_futex_waitv_cancel(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long flags); /* set_mempolicy_home_node */
long __libcall_cachestat(unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int flags); /* cachestat */
long __libcall_fchmodat2(int dfd, const char *filename, unsigned int mode, unsigned int flags); /* fchmodat2 */
long __libcall_map_shadow_stack(unsigned long addr, unsigned long size, unsigned int flags); /* map_shadow_stack */
long __libcall_futex_wake(void *uaddr, unsigned long mask, int nr, unsigned int flags); /* futex_wake */
long __libcall_futex_wait(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid); /* futex_wait */
long __libcall_futex_wait_cancel(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_futex_requeue(struct futex_waitv *waiters, unsigned int flags, int nr_wake, int nr_requeue); /* futex_requeue */
long __libcall_statmount(const struct mnt_id_req *req, struct statmount *buf, __SIZE_TYPE__ bufsize, unsigned int flags); /* statmount */
long __libcall_listmount(const struct mnt_id_req *req, unsigned long long *mnt_ids, __SIZE_TYPE__ nr_mnt_ids, unsigned int flags); /* listmount */
long __libcall_lsm_get_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int *size, unsigned int flags); /* lsm_get_self_attr */
long __libcall_lsm_set_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int size, unsigned int flags); /* lsm_set_self_attr */
long __libcall_lsm_list_modules(unsigned long long *ids, unsigned int *size, unsigned int flags); /* lsm_list_modules */
long __libcall_mseal(unsigned long start, __SIZE_TYPE__ len, unsigned long flags); /* mseal */
long __libcall_setxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, const struct xattr_args *uargs, __SIZE_TYPE__ usize); /* setxattrat */
long __libcall_getxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, struct xattr_args *uargs, __SIZE_TYPE__ usize); /* getxattrat */
long __libcall_listxattrat(int dfd, const char *pathname, unsigned int at_flags, char *list, __SIZE_TYPE__ size); /* listxattrat */
long __libcall_removexattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name); /* removexattrat */
long __libcall_open_tree_attr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* open_tree_attr */
long __libcall_file_getattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_getattr */
long __libcall_file_setattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_setattr */

#elif defined(__x86_64__)

long __libcall_read(unsigned int fd, char *buf, __SIZE_TYPE__ count); /* read */
long __libcall_read_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count);
long __libcall_write(unsigned int fd, const char *buf, __SIZE_TYPE__ count); /* write */
long __libcall_write_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count);
long __libcall_open(const char *filename, int flags, unsigned int mode); /* open */
long __libcall_open_cancel(const char *filename, int flags, unsigned int mode);
long __libcall_close(unsigned int fd); /* close */
long __libcall_stat(const char *filename, struct stat *statbuf); /* stat */
long __libcall_fstat(unsigned int fd, struct stat *statbuf); /* fstat */
long __libcall_lstat(const char *filename, struct stat *statbuf); /* lstat */
long __libcall_poll(struct pollfd *ufds, unsigned int nfds, int timeout); /* poll */
long __libcall_poll_cancel(struct pollfd *ufds, unsigned int nfds, int timeout);
long __libcall_lseek(unsigned int fd, long long offset, unsigned int whence); /* lseek */
long __libcall_mmap(unsigned long addr, unsigned long len, int prot, int flags, int fd, unsigned long long off); /* mmap */
long __libcall_mprotect(unsigned long start, __SIZE_TYPE__ len, int prot); /* mprotect */
long __libcall_munmap(unsigned long addr, __SIZE_TYPE__ len); /* munmap */
long __libcall_brk(unsigned long brk);
long __libcall_rt_sigprocmask(int how, void *set, void *oset, __SIZE_TYPE__ sigsetsize); /* rt_sigprocmask */
long __libcall_pread64(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos); /* pread, pread64 */
long __libcall_pread64_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_pwrite64(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos); /* pwrite, pwrite64 */
long __libcall_pwrite64_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_access(const char *filename, int mode); /* access */
long __libcall_pipe(int *fildes); /* pipe */
long __libcall_select(int n, void *inp, void *outp, void *exp, struct timeval *tvp); /* select */
long __libcall_select_cancel(int n, void *inp, void *outp, void *exp, struct timeval *tvp);
long __libcall_sched_yield(void); /* sched_yield */
long __libcall_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len, int flags, unsigned long new_addr); /* mremap */
long __libcall_msync(unsigned long start, __SIZE_TYPE__ len, int flags); /* msync */
long __libcall_msync_cancel(unsigned long start, __SIZE_TYPE__ len, int flags);
long __libcall_mincore(unsigned long start, __SIZE_TYPE__ len, unsigned char *vec); /* mincore */
long __libcall_madvise(unsigned long start, __SIZE_TYPE__ len, int behavior); /* madvise */
long __libcall_shmget(int key, __SIZE_TYPE__ size, int flag); /* shmget */
long __libcall_shmat(int shmid, char *shmaddr, int shmflg); /* shmat */
long __libcall_shmctl(int shmid, int cmd, struct shmid_ds *buf); /* shmctl */
long __libcall_dup(unsigned int fildes); /* dup */
long __libcall_dup2(unsigned int oldfd, unsigned int newfd); /* dup2 */
long __libcall_pause(void); /* pause */
long __libcall_pause_cancel(void);
long __libcall_nanosleep(struct timespec *rqtp, struct timespec *rmtp); /* nanosleep */
long __libcall_nanosleep_cancel(struct timespec *rqtp, struct timespec *rmtp);
long __libcall_getitimer(int which, struct itimerval *value); /* getitimer */
long __libcall_alarm(unsigned int seconds); /* alarm */
long __libcall_setitimer(int which, struct itimerval *value, struct itimerval *ovalue); /* setitimer */
long __libcall_getpid(void); /* getpid */
long __libcall_sendfile(int out_fd, int in_fd, long long *offset, __SIZE_TYPE__ count); /* sendfile */
long __libcall_socket(int arg1, int arg2, int arg3); /* socket */
long __libcall_connect(int arg1, struct sockaddr *arg2, int arg3); /* connect */
long __libcall_connect_cancel(int arg1, struct sockaddr *arg2, int arg3);
long __libcall_accept(int arg1, struct sockaddr *arg2, int *arg3); /* accept */
long __libcall_accept_cancel(int arg1, struct sockaddr *arg2, int *arg3);
long __libcall_sendto(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6); /* sendto */
long __libcall_sendto_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6);
long __libcall_shutdown(int arg1, int arg2); /* shutdown */
long __libcall_bind(int arg1, struct sockaddr *arg2, int arg3); /* bind */
long __libcall_listen(int arg1, int arg2); /* listen */
long __libcall_getsockname(int arg1, struct sockaddr *arg2, int *arg3); /* getsockname */
long __libcall_getpeername(int arg1, struct sockaddr *arg2, int *arg3); /* getpeername */
long __libcall_socketpair(int arg1, int arg2, int arg3, int *arg4); /* socketpair */
long __libcall_clone(unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, int *child_tidptr, unsigned long tls);
long __libcall_fork(void); /* fork */
long __libcall_vfork(void); /* vfork */
long __libcall_exit(int error_code);
long __libcall_wait4(int pid, int *stat_addr, int options, struct rusage *ru); /* wait4 */
long __libcall_wait4_cancel(int pid, int *stat_addr, int options, struct rusage *ru);
long __libcall_kill(int pid, int sig); /* kill */
long __libcall_uname(struct new_utsname *name); /* uname */
long __libcall_semget(int key, int nsems, int semflg); /* semget */
long __libcall_semop(int semid, struct sembuf *sops, unsigned int nsops); /* semop */
long __libcall_semop_cancel(int semid, struct sembuf *sops, unsigned int nsops);
long __libcall_semctl(int semid, int semnum, int cmd, unsigned long arg); /* semctl */
long __libcall_shmdt(char *shmaddr); /* shmdt */
long __libcall_msgget(int key, int msgflg); /* msgget */
long __libcall_msgsnd(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg); /* msgsnd */
long __libcall_msgsnd_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg);
long __libcall_msgrcv(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg); /* msgrcv */
long __libcall_msgrcv_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg);
long __libcall_msgctl(int msqid, int cmd, struct msqid_ds *buf); /* msgctl */
long __libcall_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg); /* fcntl */
long __libcall_fcntl_cancel(unsigned int fd, unsigned int cmd, unsigned long arg);
long __libcall_flock(unsigned int fd, unsigned int cmd); /* flock */
long __libcall_fsync(unsigned int fd); /* fsync */
long __libcall_fsync_cancel(unsigned int fd);
long __libcall_fdatasync(unsigned int fd); /* fdatasync */
long __libcall_fdatasync_cancel(unsigned int fd);
long __libcall_truncate(const char *path, long length); /* truncate */
long __libcall_ftruncate(unsigned int fd, long long length); /* ftruncate */
long __libcall_getdents(unsigned int fd, struct linux_dirent *dirent, unsigned int count); /* getdents */
long __libcall_getcwd(char *buf, unsigned long size);
long __libcall_chdir(const char *filename); /* chdir */
long __libcall_fchdir(unsigned int fd); /* fchdir */
long __libcall_rename(const char *oldname, const char *newname); /* rename */
long __libcall_mkdir(const char *pathname, unsigned int mode); /* mkdir */
long __libcall_rmdir(const char *pathname); /* rmdir */
long __libcall_creat(const char *pathname, unsigned int mode); /* creat */
long __libcall_creat_cancel(const char *pathname, unsigned int mode);
long __libcall_link(const char *oldname, const char *newname); /* link */
long __libcall_unlink(const char *pathname); /* unlink */
long __libcall_symlink(const char *old, const char *new); /* symlink */
long __libcall_readlink(const char *path, char *buf, int bufsiz); /* readlink */
long __libcall_chmod(const char *filename, unsigned int mode); /* chmod */
long __libcall_fchmod(unsigned int fd, unsigned int mode); /* fchmod */
long __libcall_chown(const char *filename, unsigned int user, unsigned int group); /* chown */
long __libcall_fchown(unsigned int fd, unsigned int user, unsigned int group); /* fchown */
long __libcall_lchown(const char *filename, unsigned int user, unsigned int group); /* lchown */
long __libcall_umask(int mask); /* umask */
long __libcall_gettimeofday(struct timeval *tv, struct timezone *tz); /* gettimeofday */
long __libcall_getrlimit(unsigned int resource, struct rlimit *rlim); /* getrlimit */
long __libcall_getrusage(int who, struct rusage *ru); /* getrusage */
long __libcall_sysinfo(struct sysinfo *info); /* sysinfo */
long __libcall_times(struct tms *tbuf); /* times */
long __libcall_getuid(void); /* getuid */
long __libcall_syslog(int type, char *buf, int len);
long __libcall_getgid(void); /* getgid */
long __libcall_setuid(unsigned int uid); /* setuid */
long __libcall_setgid(unsigned int gid); /* setgid */
long __libcall_geteuid(void); /* geteuid */
long __libcall_getegid(void); /* getegid */
long __libcall_setpgid(int pid, int pgid); /* setpgid */
long __libcall_getppid(void); /* getppid */
long __libcall_getpgrp(void); /* getpgrp */
long __libcall_setsid(void); /* setsid */
long __libcall_setreuid(unsigned int ruid, unsigned int euid); /* setreuid */
long __libcall_setregid(unsigned int rgid, unsigned int egid); /* setregid */
long __libcall_getgroups(int gidsetsize, unsigned int *grouplist); /* getgroups */
long __libcall_setgroups(int gidsetsize, unsigned int *grouplist); /* setgroups */
long __libcall_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid); /* setresuid */
long __libcall_getresuid(unsigned int *ruid, unsigned int *euid, unsigned int *suid); /* getresuid */
long __libcall_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid); /* setresgid */
long __libcall_getresgid(unsigned int *rgid, unsigned int *egid, unsigned int *sgid); /* getresgid */
long __libcall_getpgid(int pid); /* getpgid */
long __libcall_setfsuid(unsigned int uid); /* setfsuid */
long __libcall_setfsgid(unsigned int gid); /* setfsgid */
long __libcall_getsid(int pid); /* getsid */
long __libcall_capget(void *header, void *dataptr); /* capget */
long __libcall_capset(void *header, const void *data); /* capset */
long __libcall_rt_sigsuspend(void *unewset, __SIZE_TYPE__ sigsetsize); /* rt_sigsuspend */
long __libcall_rt_sigsuspend_cancel(void *unewset, __SIZE_TYPE__ sigsetsize);
long __libcall_utime(char *filename, struct utimbuf *times); /* utime */
long __libcall_mknod(const char *filename, unsigned int mode, unsigned int dev); /* mknod */
long __libcall_personality(unsigned int personality); /* personality */
long __libcall_ustat(unsigned int dev, struct ustat *ubuf); /* ustat */
long __libcall_statfs(const char *path, struct statfs *buf); /* statfs */
long __libcall_fstatfs(unsigned int fd, struct statfs *buf); /* fstatfs */
long __libcall_sysfs(int option, unsigned long arg1, unsigned long arg2); /* sysfs */
long __libcall_getpriority(int which, int who);
long __libcall_setpriority(int which, int who, int niceval); /* setpriority */
long __libcall_sched_setparam(int pid, struct sched_param *param); /* sched_setparam */
long __libcall_sched_getparam(int pid, struct sched_param *param); /* sched_getparam */
long __libcall_sched_setscheduler(int pid, int policy, struct sched_param *param); /* sched_setscheduler */
long __libcall_sched_getscheduler(int pid); /* sched_getscheduler */
long __libcall_sched_get_priority_max(int policy); /* sched_get_priority_max */
long __libcall_sched_get_priority_min(int policy); /* sched_get_priority_min */
long __libcall_sched_rr_get_interval(int pid, struct timespec *interval); /* sched_rr_get_interval */
long __libcall_mlock(unsigned long start, __SIZE_TYPE__ len); /* mlock */
long __libcall_munlock(unsigned long start, __SIZE_TYPE__ len); /* munlock */
long __libcall_mlockall(int flags); /* mlockall */
long __libcall_munlockall(void); /* munlockall */
long __libcall_vhangup(void); /* vhangup */
long __libcall_modify_ldt(int func, void *ptr, unsigned long bytecount); /* modify_ldt */
long __libcall_pivot_root(const char *new_root, const char *put_old); /* pivot_root */
long __libcall_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* prctl */
long __libcall_arch_prctl(int option, unsigned long arg2); /* arch_prctl */
long __libcall_adjtimex(struct timex *txc_p); /* adjtimex */
long __libcall_setrlimit(unsigned int resource, struct rlimit *rlim); /* setrlimit */
long __libcall_chroot(const char *filename); /* chroot */
long __libcall_sync(void); /* sync */
long __libcall_acct(const char *name); /* acct */
long __libcall_settimeofday(struct timeval *tv, struct timezone *tz); /* settimeofday */
long __libcall_mount(char *dev_name, char *dir_name, char *type, unsigned long flags, void *data); /* mount */
long __libcall_umount2(char *name, int flags); /* umount2 */
long __libcall_swapon(const char *specialfile, int swap_flags); /* swapon */
long __libcall_swapoff(const char *specialfile); /* swapoff */
long __libcall_reboot(int magic1, int magic2, unsigned int cmd, void *arg);
long __libcall_sethostname(char *name, int len); /* sethostname */
long __libcall_setdomainname(char *name, int len); /* setdomainname */
long __libcall_iopl(unsigned int level); /* iopl */
long __libcall_ioperm(unsigned long from, unsigned long num, int turn_on); /* ioperm */
long __libcall_init_module(void *umod, unsigned long len, const char *uargs); /* init_module */
long __libcall_delete_module(const char *name_user, unsigned int flags); /* delete_module */
long __libcall_quotactl(unsigned int cmd, const char *special, int id, void *addr); /* quotactl */
long __libcall_gettid(void); /* gettid */
long __libcall_readahead(int fd, long long offset, __SIZE_TYPE__ count); /* readahead */
long __libcall_setxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* setxattr */
long __libcall_lsetxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* lsetxattr */
long __libcall_fsetxattr(int fd, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* fsetxattr */
long __libcall_getxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* getxattr */
long __libcall_lgetxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* lgetxattr */
long __libcall_fgetxattr(int fd, const char *name, void *value, __SIZE_TYPE__ size); /* fgetxattr */
long __libcall_listxattr(const char *path, char *list, __SIZE_TYPE__ size); /* listxattr */
long __libcall_llistxattr(const char *path, char *list, __SIZE_TYPE__ size); /* llistxattr */
long __libcall_flistxattr(int fd, char *list, __SIZE_TYPE__ size); /* flistxattr */
long __libcall_removexattr(const char *path, const char *name); /* removexattr */
long __libcall_lremovexattr(const char *path, const char *name); /* lremovexattr */
long __libcall_fremovexattr(int fd, const char *name); /* fremovexattr */
long __libcall_tkill(int pid, int sig); /* tkill */
long __libcall_time(long long *tloc); /* time */
long __libcall_futex(unsigned int *uaddr, int op, unsigned int val, const struct timespec *utime, unsigned int *uaddr2, unsigned int val3); /* futex */
long __libcall_sched_setaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr); /* sched_setaffinity */
long __libcall_sched_getaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr);
long __libcall_io_destroy(unsigned long ctx); /* io_destroy */
long __libcall_io_getevents(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout); /* io_getevents */
long __libcall_io_cancel(unsigned long ctx_id, struct iocb *iocb, struct io_event *result); /* io_cancel */
long __libcall_lookup_dcookie(unsigned long long cookie64, char *buf, __SIZE_TYPE__ len); /* lookup_dcookie */
long __libcall_epoll_create(int size); /* epoll_create */
long __libcall_remap_file_pages(unsigned long start, unsigned long size, int prot, unsigned long pgoff, int flags); /* remap_file_pages */
long __libcall_getdents64(unsigned int fd, struct linux_dirent64 *dirent, unsigned int count); /* getdents64 */
long __libcall_set_tid_address(int *tidptr); /* set_tid_address */
long __libcall_restart_syscall(void); /* restart_syscall */
long __libcall_semtimedop(int semid, struct sembuf *sops, unsigned int nsops, const struct timespec *timeout); /* semtimedop */
long __libcall_semtimedop_cancel(int semid, struct sembuf *sops, unsigned int nsops, const struct timespec *timeout);
long __libcall_fadvise64(int fd, long long offset, __SIZE_TYPE__ len, int advice); /* fadvise64 */
long __libcall_timer_settime(int timer_id, int flags, const struct itimerspec *new_setting, struct itimerspec *old_setting);
long __libcall_timer_gettime(int timer_id, struct itimerspec *setting);
long __libcall_timer_getoverrun(int timer_id);
long __libcall_timer_delete(int timer_id);
long __libcall_clock_settime(int which_clock, const struct timespec *tp); /* clock_settime */
long __libcall_clock_gettime(int which_clock, struct timespec *tp); /* clock_gettime */
long __libcall_clock_getres(int which_clock, struct timespec *tp); /* clock_getres */
long __libcall_clock_nanosleep(int which_clock, int flags, const struct timespec *rqtp, struct timespec *rmtp);
long __libcall_clock_nanosleep_cancel(int which_clock, int flags, const struct timespec *rqtp, struct timespec *rmtp);
long __libcall_exit_group(int error_code); /* _exit, _Exit, exit_group */
long __libcall_epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout); /* epoll_wait */
long __libcall_epoll_wait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout);
long __libcall_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event); /* epoll_ctl */
long __libcall_tgkill(int tgid, int pid, int sig); /* tgkill */
long __libcall_utimes(char *filename, struct timeval *utimes); /* utimes */
long __libcall_mbind(unsigned long start, unsigned long len, unsigned long mode, const unsigned long *nmask, unsigned long maxnode, unsigned int flags); /* mbind */
long __libcall_set_mempolicy(int mode, const unsigned long *nmask, unsigned long maxnode); /* set_mempolicy */
long __libcall_get_mempolicy(int *policy, unsigned long *nmask, unsigned long maxnode, unsigned long addr, unsigned long flags); /* get_mempolicy */
long __libcall_mq_open(const char *name, int oflag, unsigned int mode, struct mq_attr *attr);
long __libcall_mq_unlink(const char *name);
long __libcall_mq_timedsend(int mqdes, const char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int msg_prio, const struct timespec *abs_timeout); /* mq_timedsend */
long __libcall_mq_timedsend_cancel(int mqdes, const char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int msg_prio, const struct timespec *abs_timeout);
long __libcall_mq_timedreceive(int mqdes, char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int *msg_prio, const struct timespec *abs_timeout); /* mq_timedreceive */
long __libcall_mq_timedreceive_cancel(int mqdes, char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int *msg_prio, const struct timespec *abs_timeout);
long __libcall_mq_getsetattr(int mqdes, const struct mq_attr *mqstat, struct mq_attr *omqstat); /* mq_getsetattr */
long __libcall_add_key(const char *_type, const char *_description, const void *_payload, __SIZE_TYPE__ plen, int destringid); /* add_key */
long __libcall_request_key(const char *_type, const char *_description, const char *_callout_info, int destringid); /* request_key */
long __libcall_keyctl(int cmd, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* keyctl */
long __libcall_ioprio_set(int which, int who, int ioprio); /* ioprio_set */
long __libcall_ioprio_get(int which, int who); /* ioprio_get */
long __libcall_inotify_init(void); /* inotify_init */
long __libcall_inotify_add_watch(int fd, const char *path, unsigned int mask); /* inotify_add_watch */
long __libcall_inotify_rm_watch(int fd, int wd); /* inotify_rm_watch */
long __libcall_migrate_pages(int pid, unsigned long maxnode, const unsigned long *from, const unsigned long *to); /* migrate_pages */
long __libcall_openat(int dfd, const char *filename, int flags, unsigned int mode); /* openat */
long __libcall_openat_cancel(int dfd, const char *filename, int flags, unsigned int mode);
long __libcall_mkdirat(int dfd, const char *pathname, unsigned int mode); /* mkdirat */
long __libcall_mknodat(int dfd, const char *filename, unsigned int mode, unsigned int dev); /* mknodat */
long __libcall_fchownat(int dfd, const char *filename, unsigned int user, unsigned int group, int flag); /* fchownat */
long __libcall_futimesat(int dfd, const char *filename, struct timeval *utimes); /* futimesat */
long __libcall_newfstatat(int dfd, const char *filename, struct stat *statbuf, int flag); /* fstatat, newfstatat */
long __libcall_unlinkat(int dfd, const char *pathname, int flag); /* unlinkat */
long __libcall_renameat(int olddfd, const char *oldname, int newdfd, const char *newname); /* renameat */
long __libcall_linkat(int olddfd, const char *oldname, int newdfd, const char *newname, int flags); /* linkat */
long __libcall_symlinkat(const char *oldname, int newdfd, const char *newname); /* symlinkat */
long __libcall_readlinkat(int dfd, const char *path, char *buf, int bufsiz); /* readlinkat */
long __libcall_fchmodat(int dfd, const char *filename, unsigned int mode);
long __libcall_faccessat(int dfd, const char *filename, int mode);
long __libcall_pselect6(int arg1, void *arg2, void *arg3, void *arg4, struct timespec *arg5, const struct sigset_argpack *arg6); /* pselect6 */
long __libcall_pselect6_cancel(int arg1, void *arg2, void *arg3, void *arg4, struct timespec *arg5, const struct sigset_argpack *arg6);
long __libcall_ppoll(struct pollfd *arg1, unsigned int arg2, struct timespec *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_ppoll_cancel(struct pollfd *arg1, unsigned int arg2, struct timespec *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_unshare(unsigned long unshare_flags); /* unshare */
long __libcall_splice(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* splice */
long __libcall_splice_cancel(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_tee(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags); /* tee */
long __libcall_tee_cancel(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_sync_file_range(int fd, long long offset, long long nbytes, unsigned int flags); /* sync_file_range */
long __libcall_sync_file_range_cancel(int fd, long long offset, long long nbytes, unsigned int flags);
long __libcall_utimensat(int dfd, const char *filename, struct timespec *utimes, int flags); /* utimensat */
long __libcall_epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_signalfd(int ufd, void *user_mask, __SIZE_TYPE__ sizemask);
long __libcall_timerfd_create(int clockid, int flags); /* timerfd_create */
long __libcall_eventfd(unsigned int count);
long __libcall_fallocate(int fd, int mode, long long offset, long long len); /* fallocate */
long __libcall_timerfd_settime(int ufd, int flags, const struct itimerspec *utmr, struct itimerspec *otmr); /* timerfd_settime */
long __libcall_timerfd_gettime(int ufd, struct itimerspec *otmr); /* timerfd_gettime */
long __libcall_accept4(int arg1, struct sockaddr *arg2, int *arg3, int arg4); /* accept4 */
long __libcall_accept4_cancel(int arg1, struct sockaddr *arg2, int *arg3, int arg4);
long __libcall_signalfd4(int ufd, void *user_mask, __SIZE_TYPE__ sizemask, int flags); /* signalfd4 */
long __libcall_eventfd2(unsigned int count, int flags); /* eventfd2 */
long __libcall_epoll_create1(int flags); /* epoll_create1 */
long __libcall_dup3(unsigned int oldfd, unsigned int newfd, int flags); /* dup3 */
long __libcall_pipe2(int *fildes, int flags); /* pipe2 */
long __libcall_inotify_init1(int flags); /* inotify_init1 */
long __libcall_perf_event_open(struct perf_event_attr *attr_uptr, int pid, int cpu, int group_fd, unsigned long flags); /* perf_event_open */
long __libcall_fanotify_init(unsigned int flags, unsigned int event_f_flags); /* fanotify_init */
long __libcall_fanotify_mark(int fanotify_fd, unsigned int flags, unsigned int mask_1, unsigned int mask_2, int dfd, const char *pathname); /* fanotify_mark */
long __libcall_prlimit64(int pid, unsigned int resource, const struct rlimit64 *new_rlim, struct rlimit64 *old_rlim); /* prlimit, prlimit64 */
long __libcall_name_to_handle_at(int dfd, const char *name, struct file_handle *handle, int *mnt_id, int flag); /* name_to_handle_at */
long __libcall_open_by_handle_at(int mountdirfd, struct file_handle *handle, int flags); /* open_by_handle_at */
long __libcall_clock_adjtime(int which_clock, struct timex *tx); /* clock_adjtime */
long __libcall_syncfs(int fd); /* syncfs */
long __libcall_setns(int fd, int nstype); /* setns */
long __libcall_getcpu(unsigned int *cpu, unsigned int *node, struct getcpu_cache *cache); /* getcpu */
long __libcall_kcmp(int pid1, int pid2, int type, unsigned long idx1, unsigned long idx2); /* kcmp */
long __libcall_finit_module(int fd, const char *uargs, int flags); /* finit_module */
long __libcall_sched_setattr(int pid, struct sched_attr *attr, unsigned int flags); /* sched_setattr */
long __libcall_sched_getattr(int pid, struct sched_attr *attr, unsigned int size, unsigned int flags); /* sched_getattr */
long __libcall_renameat2(int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags); /* renameat2 */
long __libcall_seccomp(unsigned int op, unsigned int flags, void *uargs); /* seccomp */
long __libcall_getrandom(char *buf, __SIZE_TYPE__ count, unsigned int flags); /* getrandom */
long __libcall_memfd_create(const char *uname_ptr, unsigned int flags); /* memfd_create */
long __libcall_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long cmdline_len, const char *cmdline_ptr, unsigned long flags); /* kexec_file_load */
long __libcall_bpf(int cmd, union bpf_attr *attr, unsigned int size); /* bpf */
long __libcall_userfaultfd(int flags); /* userfaultfd */
long __libcall_membarrier(int cmd, unsigned int flags, int cpu_id); /* membarrier */
long __libcall_mlock2(unsigned long start, __SIZE_TYPE__ len, int flags); /* mlock2 */
long __libcall_copy_file_range(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* copy_file_range */
long __libcall_pkey_mprotect(unsigned long start, __SIZE_TYPE__ len, int prot, int pkey); /* pkey_mprotect */
long __libcall_pkey_alloc(unsigned long flags, unsigned long init_val); /* pkey_alloc */
long __libcall_pkey_free(int pkey); /* pkey_free */
long __libcall_statx(int dfd, const char *path, unsigned int flags, unsigned int mask, struct statx *buffer); /* statx */
long __libcall_io_pgetevents(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout, const struct __aio_sigset *sig); /* io_pgetevents */
long __libcall_rseq(struct rseq *rseq, unsigned int rseq_len, int flags, unsigned int sig); /* rseq */
long __libcall_pidfd_send_signal(int pidfd, int sig, void *info, unsigned int flags); /* pidfd_send_signal */
long __libcall_io_uring_setup(unsigned int entries, struct io_uring_params *p); /* io_uring_setup */
long __libcall_io_uring_enter(unsigned int fd, unsigned int to_submit, unsigned int min_complete, unsigned int flags, const void *argp, __SIZE_TYPE__ argsz); /* io_uring_enter */
long __libcall_io_uring_register(unsigned int fd, unsigned int op, void *arg, unsigned int nr_args); /* io_uring_register */
long __libcall_open_tree(int dfd, const char *path, unsigned int flags); /* open_tree */
long __libcall_move_mount(int from_dfd, const char *from_path, int to_dfd, const char *to_path, unsigned int ms_flags); /* move_mount */
long __libcall_fsopen(const char *fs_name, unsigned int flags); /* fsopen */
long __libcall_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux); /* fsconfig */
long __libcall_fsmount(int fs_fd, unsigned int flags, unsigned int ms_flags); /* fsmount */
long __libcall_fspick(int dfd, const char *path, unsigned int flags); /* fspick */
long __libcall_pidfd_open(int pid, unsigned int flags); /* pidfd_open */
long __libcall_clone3(struct clone_args *uargs, __SIZE_TYPE__ size); /* clone3 */
long __libcall_close_range(unsigned int fd, unsigned int max_fd, unsigned int flags); /* close_range */
long __libcall_openat2(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size); /* openat2 */
long __libcall_openat2_cancel(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size);
long __libcall_pidfd_getfd(int pidfd, int fd, unsigned int flags); /* pidfd_getfd */
long __libcall_faccessat2(int dfd, const char *filename, int mode, int flags); /* faccessat2 */
long __libcall_process_madvise(int pidfd, const struct iovec *vec, __SIZE_TYPE__ vlen, int behavior, unsigned int flags); /* process_madvise */
long __libcall_epoll_pwait2(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait2_cancel(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_mount_setattr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* mount_setattr */
long __libcall_quotactl_fd(unsigned int fd, unsigned int cmd, int id, void *addr); /* quotactl_fd */
long __libcall_landlock_create_ruleset(const struct landlock_ruleset_attr *attr, __SIZE_TYPE__ size, unsigned int flags); /* landlock_create_ruleset */
long __libcall_landlock_add_rule(int ruleset_fd, int rule_type, const void *rule_attr, unsigned int flags); /* landlock_add_rule */
long __libcall_landlock_restrict_self(int ruleset_fd, unsigned int flags); /* landlock_restrict_self */
long __libcall_memfd_secret(unsigned int flags); /* memfd_secret */
long __libcall_process_mrelease(int pidfd, unsigned int flags); /* process_mrelease */
long __libcall_futex_waitv(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid); /* futex_waitv */
long __libcall_futex_waitv_cancel(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long flags); /* set_mempolicy_home_node */
long __libcall_cachestat(unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int flags); /* cachestat */
long __libcall_fchmodat2(int dfd, const char *filename, unsigned int mode, unsigned int flags); /* fchmodat2 */
long __libcall_futex_wake(void *uaddr, unsigned long mask, int nr, unsigned int flags); /* futex_wake */
long __libcall_futex_wait(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid); /* futex_wait */
long __libcall_futex_wait_cancel(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_futex_requeue(struct futex_waitv *waiters, unsigned int flags, int nr_wake, int nr_requeue); /* futex_requeue */
long __libcall_statmount(const struct mnt_id_req *req, struct statmount *buf, __SIZE_TYPE__ bufsize, unsigned int flags); /* statmount */
long __libcall_listmount(const struct mnt_id_req *req, unsigned long long *mnt_ids, __SIZE_TYPE__ nr_mnt_ids, unsigned int flags); /* listmount */
long __libcall_lsm_get_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int *size, unsigned int flags); /* lsm_get_self_attr */
long __libcall_lsm_set_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int size, unsigned int flags); /* lsm_set_self_attr */
long __libcall_lsm_list_modules(unsigned long long *ids, unsigned int *size, unsigned int flags); /* lsm_list_modules */
long __libcall_mseal(unsigned long start, __SIZE_TYPE__ len, unsigned long flags); /* mseal */
long __libcall_setxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, const struct xattr_args *uargs, __SIZE_TYPE__ usize); /* setxattrat */
long __libcall_getxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, struct xattr_args *uargs, __SIZE_TYPE__ usize); /* getxattrat */
long __libcall_listxattrat(int dfd, const char *pathname, unsigned int at_flags, char *list, __SIZE_TYPE__ size); /* listxattrat */
long __libcall_removexattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name); /* removexattrat */
long __libcall_open_tree_attr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* open_tree_attr */
long __libcall_file_getattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_getattr */
long __libcall_file_setattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_setattr */
long __libcall_rt_sigaction(int arg1, const struct sigaction *arg2, struct sigaction *arg3, __SIZE_TYPE__ arg4); /* rt_sigaction */
long __libcall_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg); /* ioctl */
long __libcall_readv(int fd, const struct iovec *vec, int vlen); /* readv */
long __libcall_readv_cancel(int fd, const struct iovec *vec, int vlen);
long __libcall_writev(int fd, const struct iovec *vec, int vlen); /* writev */
long __libcall_writev_cancel(int fd, const struct iovec *vec, int vlen);
long __libcall_recvfrom(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6); /* recvfrom */
long __libcall_recvfrom_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6);
long __libcall_sendmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* sendmsg */
long __libcall_sendmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_recvmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* recvmsg */
long __libcall_recvmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_execve(const char *filename, const char *const *argv, const char *const *envp); /* execve */
long __libcall_ptrace(long request, long pid, unsigned long addr, unsigned long data);
long __libcall_rt_sigpending(void *set, __SIZE_TYPE__ sigsetsize); /* rt_sigpending */
long __libcall_rt_sigtimedwait(const void *uthese, void *uinfo, const struct timespec *uts, __SIZE_TYPE__ sigsetsize); /* rt_sigtimedwait */
long __libcall_rt_sigtimedwait_cancel(const void *uthese, void *uinfo, const struct timespec *uts, __SIZE_TYPE__ sigsetsize);
long __libcall_rt_sigqueueinfo(int pid, int sig, void *uinfo); /* rt_sigqueueinfo */
long __libcall_sigaltstack(const struct sigaltstack *uss, struct sigaltstack *uoss); /* sigaltstack */
long __libcall_timer_create(int which_clock, struct sigevent *timer_event_spec, int *created_timer_id);
long __libcall_mq_notify(int mqdes, const struct sigevent *notification); /* mq_notify */
long __libcall_kexec_load(unsigned long entry, unsigned long nr_segments, struct kexec_segment *segments, unsigned long flags); /* kexec_load */
long __libcall_waitid(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_waitid_cancel(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_set_robust_list(struct robust_list_head *head, __SIZE_TYPE__ len); /* set_robust_list */
long __libcall_get_robust_list(int pid, struct robust_list_head **head_ptr, __SIZE_TYPE__ *len_ptr); /* get_robust_list */
long __libcall_vmsplice(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags); /* vmsplice */
long __libcall_vmsplice_cancel(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags);
long __libcall_move_pages(int pid, unsigned long nr_pages, const void **pages, const int *nodes, int *status, int flags); /* move_pages */
long __libcall_preadv(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h); /* preadv */
long __libcall_preadv_cancel(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_pwritev(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h); /* pwritev */
long __libcall_pwritev_cancel(int fd, const struct iovec *vec, int vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_rt_tgsigqueueinfo(int tgid, int pid, int sig, void *uinfo); /* rt_tgsigqueueinfo */
long __libcall_recvmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct timespec *timeout); /* recvmmsg */
long __libcall_recvmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct timespec *timeout);
long __libcall_sendmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags); /* sendmmsg */
long __libcall_sendmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags);
long __libcall_process_vm_readv(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_readv */
long __libcall_process_vm_writev(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_writev */
long __libcall_setsockopt(int fd, int level, int optname, char *optval, int optlen); /* setsockopt */
long __libcall_getsockopt(int fd, int level, int optname, char *optval, int *optlen); /* getsockopt */
long __libcall_io_setup(unsigned int nr_reqs, unsigned long *ctx); /* io_setup */
long __libcall_io_submit(unsigned long arg1, long arg2, struct iocb **arg3); /* io_submit */
long __libcall_execveat(int dfd, const char *filename, const char *const *argv, const char *const *envp, int flags); /* execveat */
long __libcall_preadv2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_preadv2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);

#elif defined(__i386__)

long __libcall_restart_syscall(void); /* restart_syscall */
long __libcall_exit(int error_code);
long __libcall_fork(void); /* fork */
long __libcall_read(unsigned int fd, char *buf, __SIZE_TYPE__ count); /* read */
long __libcall_read_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count);
long __libcall_write(unsigned int fd, const char *buf, __SIZE_TYPE__ count); /* write */
long __libcall_write_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count);
long __libcall_open(const char *filename, int flags, unsigned int mode); /* open */
long __libcall_open_cancel(const char *filename, int flags, unsigned int mode);
long __libcall_close(unsigned int fd); /* close */
long __libcall_waitpid(int pid, int *stat_addr, int options); /* waitpid */
long __libcall_waitpid_cancel(int pid, int *stat_addr, int options);
long __libcall_creat(const char *pathname, unsigned int mode); /* creat */
long __libcall_creat_cancel(const char *pathname, unsigned int mode);
long __libcall_link(const char *oldname, const char *newname); /* link */
long __libcall_unlink(const char *pathname); /* unlink */
long __libcall_execve(const char *filename, const char *const *argv, const char *const *envp); /* execve */
long __libcall_chdir(const char *filename); /* chdir */
long __libcall_time(int *tloc); /* time */
long __libcall_mknod(const char *filename, unsigned int mode, unsigned int dev);
long __libcall_chmod(const char *filename, unsigned int mode); /* chmod */
long __libcall_lchown(const char *filename, unsigned short user, unsigned short group);
long __libcall_oldstat(const char *filename, struct __old_kernel_stat *statbuf); /* oldstat */
long __libcall_lseek(unsigned int fd, long offset, unsigned int whence); /* lseek */
long __libcall_getpid(void); /* getpid */
long __libcall_mount(char *dev_name, char *dir_name, char *type, unsigned long flags, void *data); /* mount */
long __libcall_umount(char *name); /* umount */
long __libcall_setuid(unsigned short uid);
long __libcall_getuid(void);
long __libcall_stime(int *tptr); /* stime */
long __libcall_ptrace(long request, long pid, unsigned long addr, unsigned long data);
long __libcall_alarm(unsigned int seconds); /* alarm */
long __libcall_oldfstat(unsigned int fd, struct __old_kernel_stat *statbuf); /* oldfstat */
long __libcall_pause(void); /* pause */
long __libcall_pause_cancel(void);
long __libcall_utime(const char *filename, struct old_utimbuf32 *t); /* utime */
long __libcall_access(const char *filename, int mode); /* access */
long __libcall_nice(int increment);
long __libcall_sync(void); /* sync */
long __libcall_kill(int pid, int sig); /* kill */
long __libcall_rename(const char *oldname, const char *newname); /* rename */
long __libcall_mkdir(const char *pathname, unsigned int mode); /* mkdir */
long __libcall_rmdir(const char *pathname); /* rmdir */
long __libcall_dup(unsigned int fildes); /* dup */
long __libcall_pipe(int *fildes); /* pipe */
long __libcall_times(struct tms *tbuf); /* times */
long __libcall_brk(unsigned long brk);
long __libcall_setgid(unsigned short gid);
long __libcall_getgid(void);
long __libcall_signal(int sig, void *handler);
long __libcall_geteuid(void);
long __libcall_getegid(void);
long __libcall_acct(const char *name); /* acct */
long __libcall_umount2(char *name, int flags); /* umount2 */
long __libcall_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg); /* ioctl */
long __libcall_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg); /* fcntl */
long __libcall_fcntl_cancel(unsigned int fd, unsigned int cmd, unsigned long arg);
long __libcall_setpgid(int pid, int pgid); /* setpgid */
long __libcall_oldolduname(struct oldold_utsname *arg1); /* oldolduname */
long __libcall_umask(int mask); /* umask */
long __libcall_chroot(const char *filename); /* chroot */
long __libcall_ustat(unsigned int dev, struct ustat *ubuf); /* ustat */
long __libcall_dup2(unsigned int oldfd, unsigned int newfd); /* dup2 */
long __libcall_getppid(void); /* getppid */
long __libcall_getpgrp(void); /* getpgrp */
long __libcall_setsid(void); /* setsid */
long __libcall_sigaction(int arg1, const struct old_sigaction *arg2, struct old_sigaction *arg3);
long __libcall_sgetmask(void); /* sgetmask */
long __libcall_ssetmask(int newmask); /* ssetmask */
long __libcall_setreuid(unsigned short ruid, unsigned short euid);
long __libcall_setregid(unsigned short rgid, unsigned short egid);
long __libcall_sigsuspend(int unused1, int unused2, unsigned long mask);
long __libcall_sigsuspend_cancel(int unused1, int unused2, unsigned long mask);
long __libcall_sigpending(unsigned long *uset);
long __libcall_sethostname(char *name, int len); /* sethostname */
long __libcall_setrlimit(unsigned int resource, struct rlimit *rlim); /* setrlimit */
long __libcall_getrlimit(unsigned int resource, struct old_rlimit *rlim);
long __libcall_getrusage(int who, struct rusage *ru); /* getrusage */
long __libcall_gettimeofday(struct timeval *tv, struct timezone *tz); /* gettimeofday */
long __libcall_settimeofday(struct timeval *tv, struct timezone *tz); /* settimeofday */
long __libcall_getgroups(int gidsetsize, unsigned short *grouplist);
long __libcall_setgroups(int gidsetsize, unsigned short *grouplist);
long __libcall_select(struct sel_arg_struct *arg);
long __libcall_select_cancel(struct sel_arg_struct *arg);
long __libcall_symlink(const char *old, const char *new); /* symlink */
long __libcall_oldlstat(const char *filename, struct __old_kernel_stat *statbuf); /* oldlstat */
long __libcall_readlink(const char *path, char *buf, int bufsiz); /* readlink */
long __libcall_uselib(const char *library); /* uselib */
long __libcall_swapon(const char *specialfile, int swap_flags); /* swapon */
long __libcall_reboot(int magic1, int magic2, unsigned int cmd, void *arg);
long __libcall_readdir(unsigned int arg1, struct old_linux_dirent *arg2, unsigned int arg3);
long __libcall_mmap(struct mmap_arg_struct *arg);
long __libcall_munmap(unsigned long addr, __SIZE_TYPE__ len); /* munmap */
long __libcall_truncate(const char *path, long length); /* truncate */
long __libcall_ftruncate(unsigned int fd, long length); /* ftruncate */
long __libcall_fchmod(unsigned int fd, unsigned int mode); /* fchmod */
long __libcall_fchown(unsigned int fd, unsigned short user, unsigned short group);
long __libcall_getpriority(int which, int who);
long __libcall_setpriority(int which, int who, int niceval); /* setpriority */
long __libcall_statfs(const char *path, struct statfs *buf); /* statfs */
long __libcall_fstatfs(unsigned int fd, struct statfs *buf); /* fstatfs */
long __libcall_ioperm(unsigned long from, unsigned long num, int turn_on); /* ioperm */
long __libcall_socketcall(int call, unsigned long *args); /* socketcall */
long __libcall_syslog(int type, char *buf, int len);
long __libcall_setitimer(int which, struct itimerval *value, struct itimerval *ovalue); /* setitimer */
long __libcall_getitimer(int which, struct itimerval *value); /* getitimer */
long __libcall_stat(const char *filename, struct stat *statbuf);
long __libcall_lstat(const char *filename, struct stat *statbuf);
long __libcall_fstat(unsigned int fd, struct stat *statbuf);
long __libcall_olduname(struct old_utsname *arg1); /* olduname */
long __libcall_iopl(unsigned int level); /* iopl */
long __libcall_vhangup(void); /* vhangup */
long __libcall_wait4(int pid, int *stat_addr, int options, struct rusage *ru); /* wait4 */
long __libcall_wait4_cancel(int pid, int *stat_addr, int options, struct rusage *ru);
long __libcall_swapoff(const char *specialfile); /* swapoff */
long __libcall_sysinfo(struct sysinfo *info); /* sysinfo */
long __libcall_ipc(unsigned int call, int first, unsigned long second, unsigned long third, void *ptr, long fifth); /* ipc */
long __libcall_fsync(unsigned int fd); /* fsync */
long __libcall_fsync_cancel(unsigned int fd);
long __libcall_clone(unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, unsigned long tls, int *child_tidptr);
long __libcall_setdomainname(char *name, int len); /* setdomainname */
long __libcall_uname(struct new_utsname *name); /* uname */
long __libcall_modify_ldt(int func, void *ptr, unsigned long bytecount); /* modify_ldt */
long __libcall_adjtimex(struct old_timex32 *txc_p); /* adjtimex */
long __libcall_mprotect(unsigned long start, __SIZE_TYPE__ len, unsigned long prot); /* mprotect */
long __libcall_sigprocmask(int how, unsigned long *set, unsigned long *oset);
long __libcall_init_module(void *umod, unsigned long len, const char *uargs); /* init_module */
long __libcall_delete_module(const char *name_user, unsigned int flags); /* delete_module */
long __libcall_quotactl(unsigned int cmd, const char *special, int id, void *addr); /* quotactl */
long __libcall_getpgid(int pid); /* getpgid */
long __libcall_fchdir(unsigned int fd); /* fchdir */
long __libcall_sysfs(int option, unsigned long arg1, unsigned long arg2); /* sysfs */
long __libcall_personality(unsigned int personality); /* personality */
long __libcall_setfsuid(unsigned short uid);
long __libcall_setfsgid(unsigned short gid);
long __libcall__llseek(unsigned int fd, unsigned long offset_high, unsigned long offset_low, long long *result, unsigned int whence); /* _llseek */
long __libcall_getdents(unsigned int fd, struct linux_dirent *dirent, unsigned int count); /* getdents */
long __libcall__newselect(int n, void *inp, void *outp, void *exp, struct timeval *tvp); /* select, _newselect */
long __libcall__newselect_cancel(int n, void *inp, void *outp, void *exp, struct timeval *tvp);
long __libcall_flock(unsigned int fd, unsigned int cmd); /* flock */
long __libcall_msync(unsigned long start, __SIZE_TYPE__ len, int flags); /* msync */
long __libcall_msync_cancel(unsigned long start, __SIZE_TYPE__ len, int flags);
long __libcall_readv(unsigned long fd, const struct iovec *vec, unsigned long vlen); /* readv */
long __libcall_readv_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen);
long __libcall_writev(unsigned long fd, const struct iovec *vec, unsigned long vlen); /* writev */
long __libcall_writev_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen);
long __libcall_getsid(int pid); /* getsid */
long __libcall_fdatasync(unsigned int fd); /* fdatasync */
long __libcall_fdatasync_cancel(unsigned int fd);
long __libcall_mlock(unsigned long start, __SIZE_TYPE__ len); /* mlock */
long __libcall_munlock(unsigned long start, __SIZE_TYPE__ len); /* munlock */
long __libcall_mlockall(int flags); /* mlockall */
long __libcall_munlockall(void); /* munlockall */
long __libcall_sched_setparam(int pid, struct sched_param *param); /* sched_setparam */
long __libcall_sched_getparam(int pid, struct sched_param *param); /* sched_getparam */
long __libcall_sched_setscheduler(int pid, int policy, struct sched_param *param); /* sched_setscheduler */
long __libcall_sched_getscheduler(int pid); /* sched_getscheduler */
long __libcall_sched_yield(void); /* sched_yield */
long __libcall_sched_get_priority_max(int policy); /* sched_get_priority_max */
long __libcall_sched_get_priority_min(int policy); /* sched_get_priority_min */
long __libcall_sched_rr_get_interval(int pid, struct old_timespec32 *interval); /* sched_rr_get_interval */
long __libcall_nanosleep(struct old_timespec32 *rqtp, struct old_timespec32 *rmtp); /* nanosleep */
long __libcall_nanosleep_cancel(struct old_timespec32 *rqtp, struct old_timespec32 *rmtp);
long __libcall_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len, unsigned long flags, unsigned long new_addr); /* mremap */
long __libcall_setresuid(unsigned short ruid, unsigned short euid, unsigned short suid);
long __libcall_getresuid(unsigned short *ruid, unsigned short *euid, unsigned short *suid);
long __libcall_poll(struct pollfd *ufds, unsigned int nfds, int timeout); /* poll */
long __libcall_poll_cancel(struct pollfd *ufds, unsigned int nfds, int timeout);
long __libcall_setresgid(unsigned short rgid, unsigned short egid, unsigned short sgid);
long __libcall_getresgid(unsigned short *rgid, unsigned short *egid, unsigned short *sgid);
long __libcall_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* prctl */
long __libcall_rt_sigaction(int arg1, const struct sigaction *arg2, struct sigaction *arg3, __SIZE_TYPE__ arg4); /* rt_sigaction */
long __libcall_rt_sigprocmask(int how, void *set, void *oset, __SIZE_TYPE__ sigsetsize); /* rt_sigprocmask */
long __libcall_rt_sigpending(void *set, __SIZE_TYPE__ sigsetsize); /* rt_sigpending */
long __libcall_rt_sigtimedwait(const void *uthese, void *uinfo, const struct old_timespec32 *uts, __SIZE_TYPE__ sigsetsize); /* rt_sigtimedwait */
long __libcall_rt_sigtimedwait_cancel(const void *uthese, void *uinfo, const struct old_timespec32 *uts, __SIZE_TYPE__ sigsetsize);
long __libcall_rt_sigqueueinfo(int pid, int sig, void *uinfo); /* rt_sigqueueinfo */
long __libcall_rt_sigsuspend(void *unewset, __SIZE_TYPE__ sigsetsize); /* rt_sigsuspend */
long __libcall_rt_sigsuspend_cancel(void *unewset, __SIZE_TYPE__ sigsetsize);
long __libcall_pread64(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos); /* pread64 */
long __libcall_pread64_cancel(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_pwrite64(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos); /* pwrite64 */
long __libcall_pwrite64_cancel(unsigned int fd, const char *buf, __SIZE_TYPE__ count, long long pos);
long __libcall_chown(const char *filename, unsigned short user, unsigned short group);
long __libcall_getcwd(char *buf, unsigned long size);
long __libcall_capget(void *header, void *dataptr); /* capget */
long __libcall_capset(void *header, const void *data); /* capset */
long __libcall_sigaltstack(const struct sigaltstack *uss, struct sigaltstack *uoss); /* sigaltstack */
long __libcall_sendfile(int out_fd, int in_fd, long *offset, __SIZE_TYPE__ count); /* sendfile */
long __libcall_vfork(void); /* vfork */
long __libcall_ugetrlimit(unsigned int resource, struct rlimit *rlim); /* getrlimit, ugetrlimit */
long __libcall_mmap2(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd, unsigned long pgoff); /* mmap2 */
long __libcall_truncate64(const char *path, long long length); /* truncate64 */
long __libcall_ftruncate64(unsigned int fd, long long length); /* ftruncate64 */
long __libcall_stat64(const char *filename, struct stat64 *statbuf); /* stat64 */
long __libcall_lstat64(const char *filename, struct stat64 *statbuf); /* lstat64 */
long __libcall_fstat64(unsigned int fd, struct stat64 *statbuf); /* fstat64 */
long __libcall_lchown32(const char *filename, unsigned int user, unsigned int group); /* lchown, lchown32 */
long __libcall_getuid32(void); /* getuid, getuid32 */
long __libcall_getgid32(void); /* getgid, getgid32 */
long __libcall_geteuid32(void); /* geteuid, geteuid32 */
long __libcall_getegid32(void); /* getegid, getegid32 */
long __libcall_setreuid32(unsigned int ruid, unsigned int euid); /* setreuid, setreuid32 */
long __libcall_setregid32(unsigned int rgid, unsigned int egid); /* setregid, setregid32 */
long __libcall_getgroups32(int gidsetsize, unsigned int *grouplist); /* getgroups, getgroups32 */
long __libcall_setgroups32(int gidsetsize, unsigned int *grouplist); /* setgroups, setgroups32 */
long __libcall_fchown32(unsigned int fd, unsigned int user, unsigned int group); /* fchown, fchown32 */
long __libcall_setresuid32(unsigned int ruid, unsigned int euid, unsigned int suid); /* setresuid, setresuid32 */
long __libcall_getresuid32(unsigned int *ruid, unsigned int *euid, unsigned int *suid); /* getresuid, getresuid32 */
long __libcall_setresgid32(unsigned int rgid, unsigned int egid, unsigned int sgid); /* setresgid, setresgid32 */
long __libcall_getresgid32(unsigned int *rgid, unsigned int *egid, unsigned int *sgid); /* getresgid, getresgid32 */
long __libcall_chown32(const char *filename, unsigned int user, unsigned int group); /* chown, chown32 */
long __libcall_setuid32(unsigned int uid); /* setuid, setuid32 */
long __libcall_setgid32(unsigned int gid); /* setgid, setgid32 */
long __libcall_setfsuid32(unsigned int uid); /* setfsuid, setfsuid32 */
long __libcall_setfsgid32(unsigned int gid); /* setfsgid, setfsgid32 */
long __libcall_pivot_root(const char *new_root, const char *put_old); /* pivot_root */
long __libcall_mincore(unsigned long start, __SIZE_TYPE__ len, unsigned char *vec); /* mincore */
long __libcall_madvise(unsigned long start, __SIZE_TYPE__ len, int behavior); /* madvise */
long __libcall_getdents64(unsigned int fd, struct linux_dirent64 *dirent, unsigned int count); /* getdents64 */
long __libcall_fcntl64(unsigned int fd, unsigned int cmd, unsigned long arg); /* fcntl64 */
long __libcall_fcntl64_cancel(unsigned int fd, unsigned int cmd, unsigned long arg);
long __libcall_gettid(void); /* gettid */
long __libcall_readahead(int fd, long long offset, __SIZE_TYPE__ count); /* readahead */
long __libcall_setxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* setxattr */
long __libcall_lsetxattr(const char *path, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* lsetxattr */
long __libcall_fsetxattr(int fd, const char *name, const void *value, __SIZE_TYPE__ size, int flags); /* fsetxattr */
long __libcall_getxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* getxattr */
long __libcall_lgetxattr(const char *path, const char *name, void *value, __SIZE_TYPE__ size); /* lgetxattr */
long __libcall_fgetxattr(int fd, const char *name, void *value, __SIZE_TYPE__ size); /* fgetxattr */
long __libcall_listxattr(const char *path, char *list, __SIZE_TYPE__ size); /* listxattr */
long __libcall_llistxattr(const char *path, char *list, __SIZE_TYPE__ size); /* llistxattr */
long __libcall_flistxattr(int fd, char *list, __SIZE_TYPE__ size); /* flistxattr */
long __libcall_removexattr(const char *path, const char *name); /* removexattr */
long __libcall_lremovexattr(const char *path, const char *name); /* lremovexattr */
long __libcall_fremovexattr(int fd, const char *name); /* fremovexattr */
long __libcall_tkill(int pid, int sig); /* tkill */
long __libcall_sendfile64(int out_fd, int in_fd, long long *offset, __SIZE_TYPE__ count); /* sendfile64 */
long __libcall_futex(unsigned int *uaddr, int op, unsigned int val, const struct old_timespec32 *utime, unsigned int *uaddr2, unsigned int val3); /* futex */
long __libcall_sched_setaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr); /* sched_setaffinity */
long __libcall_sched_getaffinity(int pid, unsigned int len, unsigned long *user_mask_ptr);
long __libcall_set_thread_area(struct user_desc *u_info); /* set_thread_area */
long __libcall_get_thread_area(struct user_desc *u_info); /* get_thread_area */
long __libcall_io_setup(unsigned int nr_reqs, unsigned long *ctx); /* io_setup */
long __libcall_io_destroy(unsigned long ctx); /* io_destroy */
long __libcall_io_getevents(unsigned int ctx_id, int min_nr, int nr, struct io_event *events, struct old_timespec32 *timeout); /* io_getevents */
long __libcall_io_submit(unsigned long arg1, long arg2, struct iocb **arg3); /* io_submit */
long __libcall_io_cancel(unsigned long ctx_id, struct iocb *iocb, struct io_event *result); /* io_cancel */
long __libcall_fadvise64(int fd, long long offset, __SIZE_TYPE__ len, int advice); /* fadvise64 */
long __libcall_exit_group(int error_code); /* _exit, _Exit, exit_group */
long __libcall_lookup_dcookie(unsigned long long cookie64, char *buf, __SIZE_TYPE__ len); /* lookup_dcookie */
long __libcall_epoll_create(int size); /* epoll_create */
long __libcall_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event); /* epoll_ctl */
long __libcall_epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout); /* epoll_wait */
long __libcall_epoll_wait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout);
long __libcall_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot, unsigned long pgoff, unsigned long flags); /* remap_file_pages */
long __libcall_set_tid_address(int *tidptr); /* set_tid_address */
long __libcall_timer_create(int which_clock, struct sigevent *timer_event_spec, int *created_timer_id);
long __libcall_timer_settime(int timer_id, int flags, struct old_itimerspec32 *new, struct old_itimerspec32 *old);
long __libcall_timer_gettime(int timer_id, struct old_itimerspec32 *setting);
long __libcall_timer_getoverrun(int timer_id);
long __libcall_timer_delete(int timer_id);
long __libcall_clock_settime(int which_clock, struct old_timespec32 *tp); /* clock_settime */
long __libcall_clock_gettime(int which_clock, struct old_timespec32 *tp); /* clock_gettime */
long __libcall_clock_getres(int which_clock, struct old_timespec32 *tp); /* clock_getres */
long __libcall_clock_nanosleep(int which_clock, int flags, struct old_timespec32 *rqtp, struct old_timespec32 *rmtp);
long __libcall_clock_nanosleep_cancel(int which_clock, int flags, struct old_timespec32 *rqtp, struct old_timespec32 *rmtp);
long __libcall_statfs64(const char *path, __SIZE_TYPE__ sz, struct statfs64 *buf);
long __libcall_fstatfs64(unsigned int fd, __SIZE_TYPE__ sz, struct statfs64 *buf);
long __libcall_tgkill(int tgid, int pid, int sig); /* tgkill */
long __libcall_utimes(const char *filename, struct old_timeval32 *t); /* utimes */
long __libcall_fadvise64_64(int fd, long long offset, long long len, int advice); /* fadvise64_64 */
long __libcall_mbind(unsigned long start, unsigned long len, unsigned long mode, const unsigned long *nmask, unsigned long maxnode, unsigned int flags); /* mbind */
long __libcall_get_mempolicy(int *policy, unsigned long *nmask, unsigned long maxnode, unsigned long addr, unsigned long flags); /* get_mempolicy */
long __libcall_set_mempolicy(int mode, const unsigned long *nmask, unsigned long maxnode); /* set_mempolicy */
long __libcall_mq_open(const char *name, int oflag, unsigned int mode, struct mq_attr *attr);
long __libcall_mq_unlink(const char *name);
long __libcall_mq_timedsend(int mqdes, const char *u_msg_ptr, unsigned int msg_len, unsigned int msg_prio, const struct old_timespec32 *u_abs_timeout); /* mq_timedsend */
long __libcall_mq_timedsend_cancel(int mqdes, const char *u_msg_ptr, unsigned int msg_len, unsigned int msg_prio, const struct old_timespec32 *u_abs_timeout);
long __libcall_mq_timedreceive(int mqdes, char *u_msg_ptr, unsigned int msg_len, unsigned int *u_msg_prio, const struct old_timespec32 *u_abs_timeout); /* mq_timedreceive */
long __libcall_mq_timedreceive_cancel(int mqdes, char *u_msg_ptr, unsigned int msg_len, unsigned int *u_msg_prio, const struct old_timespec32 *u_abs_timeout);
long __libcall_mq_notify(int mqdes, const struct sigevent *notification); /* mq_notify */
long __libcall_mq_getsetattr(int mqdes, const struct mq_attr *mqstat, struct mq_attr *omqstat); /* mq_getsetattr */
long __libcall_kexec_load(unsigned long entry, unsigned long nr_segments, struct kexec_segment *segments, unsigned long flags); /* kexec_load */
long __libcall_waitid(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_waitid_cancel(int which, int pid, struct siginfo *infop, int options, struct rusage *ru);
long __libcall_add_key(const char *_type, const char *_description, const void *_payload, __SIZE_TYPE__ plen, int destringid); /* add_key */
long __libcall_request_key(const char *_type, const char *_description, const char *_callout_info, int destringid); /* request_key */
long __libcall_keyctl(int cmd, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5); /* keyctl */
long __libcall_ioprio_set(int which, int who, int ioprio); /* ioprio_set */
long __libcall_ioprio_get(int which, int who); /* ioprio_get */
long __libcall_inotify_init(void); /* inotify_init */
long __libcall_inotify_add_watch(int fd, const char *path, unsigned int mask); /* inotify_add_watch */
long __libcall_inotify_rm_watch(int fd, int wd); /* inotify_rm_watch */
long __libcall_migrate_pages(int pid, unsigned long maxnode, const unsigned long *from, const unsigned long *to); /* migrate_pages */
long __libcall_openat(int dfd, const char *filename, int flags, unsigned int mode); /* openat */
long __libcall_openat_cancel(int dfd, const char *filename, int flags, unsigned int mode);
long __libcall_mkdirat(int dfd, const char *pathname, unsigned int mode); /* mkdirat */
long __libcall_mknodat(int dfd, const char *filename, unsigned int mode, unsigned int dev);
long __libcall_fchownat(int dfd, const char *filename, unsigned int user, unsigned int group, int flag); /* fchownat */
long __libcall_futimesat(int dfd, const char *filename, struct old_timeval32 *t); /* futimesat */
long __libcall_fstatat64(int dfd, const char *filename, struct stat64 *statbuf, int flag); /* fstatat64 */
long __libcall_unlinkat(int dfd, const char *pathname, int flag); /* unlinkat */
long __libcall_renameat(int olddfd, const char *oldname, int newdfd, const char *newname); /* renameat */
long __libcall_linkat(int olddfd, const char *oldname, int newdfd, const char *newname, int flags); /* linkat */
long __libcall_symlinkat(const char *oldname, int newdfd, const char *newname); /* symlinkat */
long __libcall_readlinkat(int dfd, const char *path, char *buf, int bufsiz); /* readlinkat */
long __libcall_fchmodat(int dfd, const char *filename, unsigned int mode);
long __libcall_faccessat(int dfd, const char *filename, int mode);
long __libcall_pselect6(int arg1, void *arg2, void *arg3, void *arg4, struct old_timespec32 *arg5, const struct sigset_argpack *arg6); /* pselect6 */
long __libcall_pselect6_cancel(int arg1, void *arg2, void *arg3, void *arg4, struct old_timespec32 *arg5, const struct sigset_argpack *arg6);
long __libcall_ppoll(struct pollfd *arg1, unsigned int arg2, struct old_timespec32 *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_ppoll_cancel(struct pollfd *arg1, unsigned int arg2, struct old_timespec32 *arg3, const void *arg4, __SIZE_TYPE__ arg5);
long __libcall_unshare(unsigned long unshare_flags); /* unshare */
long __libcall_set_robust_list(struct robust_list_head *head, __SIZE_TYPE__ len); /* set_robust_list */
long __libcall_get_robust_list(int pid, struct robust_list_head **head_ptr, __SIZE_TYPE__ *len_ptr); /* get_robust_list */
long __libcall_splice(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* splice */
long __libcall_splice_cancel(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_sync_file_range(int fd, long long offset, long long nbytes, unsigned int flags); /* sync_file_range */
long __libcall_sync_file_range_cancel(int fd, long long offset, long long nbytes, unsigned int flags);
long __libcall_tee(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags); /* tee */
long __libcall_tee_cancel(int fdin, int fdout, __SIZE_TYPE__ len, unsigned int flags);
long __libcall_vmsplice(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags); /* vmsplice */
long __libcall_vmsplice_cancel(int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags);
long __libcall_move_pages(int pid, unsigned long nr_pages, const void **pages, const int *nodes, int *status, int flags); /* move_pages */
long __libcall_getcpu(unsigned int *cpu, unsigned int *node, struct getcpu_cache *cache); /* getcpu */
long __libcall_epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait_cancel(int epfd, struct epoll_event *events, int maxevents, int timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_utimensat(int dfd, const char *filename, struct old_timespec32 *t, int flags); /* utimensat */
long __libcall_signalfd(int ufd, void *user_mask, __SIZE_TYPE__ sizemask);
long __libcall_timerfd_create(int clockid, int flags); /* timerfd_create */
long __libcall_eventfd(unsigned int count);
long __libcall_fallocate(int fd, int mode, long long offset, long long len);
long __libcall_timerfd_settime(int ufd, int flags, const struct old_itimerspec32 *utmr, struct old_itimerspec32 *otmr); /* timerfd_settime */
long __libcall_timerfd_gettime(int ufd, struct old_itimerspec32 *otmr); /* timerfd_gettime */
long __libcall_signalfd4(int ufd, void *user_mask, __SIZE_TYPE__ sizemask, int flags); /* signalfd4 */
long __libcall_eventfd2(unsigned int count, int flags); /* eventfd2 */
long __libcall_epoll_create1(int flags); /* epoll_create1 */
long __libcall_dup3(unsigned int oldfd, unsigned int newfd, int flags); /* dup3 */
long __libcall_pipe2(int *fildes, int flags); /* pipe2 */
long __libcall_inotify_init1(int flags); /* inotify_init1 */
long __libcall_preadv(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_preadv_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_pwritev(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_pwritev_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h);
long __libcall_rt_tgsigqueueinfo(int tgid, int pid, int sig, void *uinfo); /* rt_tgsigqueueinfo */
long __libcall_perf_event_open(struct perf_event_attr *attr_uptr, int pid, int cpu, int group_fd, unsigned long flags); /* perf_event_open */
long __libcall_recvmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct old_timespec32 *timeout); /* recvmmsg */
long __libcall_recvmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct old_timespec32 *timeout);
long __libcall_fanotify_init(unsigned int flags, unsigned int event_f_flags); /* fanotify_init */
long __libcall_fanotify_mark(int fanotify_fd, unsigned int flags, unsigned int mask_1, unsigned int mask_2, int dfd, const char *pathname); /* fanotify_mark */
long __libcall_prlimit64(int pid, unsigned int resource, const struct rlimit64 *new_rlim, struct rlimit64 *old_rlim); /* prlimit, prlimit64 */
long __libcall_name_to_handle_at(int dfd, const char *name, struct file_handle *handle, int *mnt_id, int flag); /* name_to_handle_at */
long __libcall_open_by_handle_at(int mountdirfd, struct file_handle *handle, int flags); /* open_by_handle_at */
long __libcall_clock_adjtime(int which_clock, struct old_timex32 *tx); /* clock_adjtime */
long __libcall_syncfs(int fd); /* syncfs */
long __libcall_sendmmsg(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags); /* sendmmsg */
long __libcall_sendmmsg_cancel(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags);
long __libcall_setns(int fd, int nstype); /* setns */
long __libcall_process_vm_readv(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_readv */
long __libcall_process_vm_writev(int pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags); /* process_vm_writev */
long __libcall_kcmp(int pid1, int pid2, int type, unsigned long idx1, unsigned long idx2); /* kcmp */
long __libcall_finit_module(int fd, const char *uargs, int flags); /* finit_module */
long __libcall_sched_setattr(int pid, struct sched_attr *attr, unsigned int flags); /* sched_setattr */
long __libcall_sched_getattr(int pid, struct sched_attr *attr, unsigned int size, unsigned int flags); /* sched_getattr */
long __libcall_renameat2(int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags); /* renameat2 */
long __libcall_seccomp(unsigned int op, unsigned int flags, void *uargs); /* seccomp */
long __libcall_getrandom(char *buf, __SIZE_TYPE__ count, unsigned int flags); /* getrandom */
long __libcall_memfd_create(const char *uname_ptr, unsigned int flags); /* memfd_create */
long __libcall_bpf(int cmd, union bpf_attr *attr, unsigned int size); /* bpf */
long __libcall_execveat(int dfd, const char *filename, const char *const *argv, const char *const *envp, int flags); /* execveat */
long __libcall_socket(int arg1, int arg2, int arg3); /* socket */
long __libcall_socketpair(int arg1, int arg2, int arg3, int *arg4); /* socketpair */
long __libcall_bind(int arg1, struct sockaddr *arg2, int arg3); /* bind */
long __libcall_connect(int arg1, struct sockaddr *arg2, int arg3); /* connect */
long __libcall_connect_cancel(int arg1, struct sockaddr *arg2, int arg3);
long __libcall_listen(int arg1, int arg2); /* listen */
long __libcall_accept4(int arg1, struct sockaddr *arg2, int *arg3, int arg4); /* accept4 */
long __libcall_accept4_cancel(int arg1, struct sockaddr *arg2, int *arg3, int arg4);
long __libcall_getsockopt(int fd, int level, int optname, char *optval, int *optlen); /* getsockopt */
long __libcall_setsockopt(int fd, int level, int optname, char *optval, int optlen); /* setsockopt */
long __libcall_getsockname(int arg1, struct sockaddr *arg2, int *arg3); /* getsockname */
long __libcall_getpeername(int arg1, struct sockaddr *arg2, int *arg3); /* getpeername */
long __libcall_sendto(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6); /* sendto */
long __libcall_sendto_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int arg6);
long __libcall_sendmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* sendmsg */
long __libcall_sendmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_recvfrom(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6); /* recvfrom */
long __libcall_recvfrom_cancel(int arg1, void *arg2, __SIZE_TYPE__ arg3, unsigned int arg4, struct sockaddr *arg5, int *arg6);
long __libcall_recvmsg(int fd, struct user_msghdr *msg, unsigned int flags); /* recvmsg */
long __libcall_recvmsg_cancel(int fd, struct user_msghdr *msg, unsigned int flags);
long __libcall_shutdown(int arg1, int arg2); /* shutdown */
long __libcall_userfaultfd(int flags); /* userfaultfd */
long __libcall_membarrier(int cmd, unsigned int flags, int cpu_id); /* membarrier */
long __libcall_mlock2(unsigned long start, __SIZE_TYPE__ len, int flags); /* mlock2 */
long __libcall_copy_file_range(int fd_in, long long *off_in, int fd_out, long long *off_out, __SIZE_TYPE__ len, unsigned int flags); /* copy_file_range */
long __libcall_preadv2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_preadv2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pwritev2_cancel(unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, int flags);
long __libcall_pkey_mprotect(unsigned long start, __SIZE_TYPE__ len, unsigned long prot, int pkey); /* pkey_mprotect */
long __libcall_pkey_alloc(unsigned long flags, unsigned long init_val); /* pkey_alloc */
long __libcall_pkey_free(int pkey); /* pkey_free */
long __libcall_statx(int dfd, const char *path, unsigned int flags, unsigned int mask, struct statx *buffer); /* statx */
long __libcall_arch_prctl(int option, unsigned long arg2); /* arch_prctl */
long __libcall_io_pgetevents(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout, const struct __aio_sigset *sig); /* io_pgetevents */
long __libcall_rseq(struct rseq *rseq, unsigned int rseq_len, int flags, unsigned int sig); /* rseq */
long __libcall_semget(int key, int nsems, int semflg); /* semget */
long __libcall_semctl(int semid, int semnum, int cmd, unsigned long arg);
long __libcall_shmget(int key, __SIZE_TYPE__ size, int flag); /* shmget */
long __libcall_shmctl(int shmid, int cmd, struct shmid_ds *buf);
long __libcall_shmat(int shmid, char *shmaddr, int shmflg); /* shmat */
long __libcall_shmdt(char *shmaddr); /* shmdt */
long __libcall_msgget(int key, int msgflg); /* msgget */
long __libcall_msgsnd(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg); /* msgsnd */
long __libcall_msgsnd_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, int msgflg);
long __libcall_msgrcv(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg); /* msgrcv */
long __libcall_msgrcv_cancel(int msqid, struct msgbuf *msgp, __SIZE_TYPE__ msgsz, long msgtyp, int msgflg);
long __libcall_msgctl(int msqid, int cmd, struct msqid_ds *buf);
long __libcall_clock_gettime64(int which_clock, struct timespec *tp); /* clock_gettime64 */
long __libcall_clock_settime64(int which_clock, const struct timespec *tp); /* clock_settime64 */
long __libcall_clock_adjtime64(int which_clock, struct timex *tx); /* clock_adjtime64 */
long __libcall_clock_getres_time64(int which_clock, struct timespec *tp); /* clock_getres_time64 */
long __libcall_clock_nanosleep_time64(int which_clock, int flags, const struct timespec *rqtp, struct timespec *rmtp); /* clock_nanosleep_time64 */
long __libcall_timer_gettime64(int timer_id, struct itimerspec *setting); /* timer_gettime64 */
long __libcall_timer_settime64(int timer_id, int flags, const struct itimerspec *new_setting, struct itimerspec *old_setting); /* timer_settime64 */
long __libcall_timerfd_gettime64(int ufd, struct itimerspec *otmr); /* timerfd_gettime64 */
long __libcall_timerfd_settime64(int ufd, int flags, const struct itimerspec *utmr, struct itimerspec *otmr); /* timerfd_settime64 */
long __libcall_utimensat_time64(int dfd, const char *filename, struct timespec *utimes, int flags); /* utimensat_time64 */
long __libcall_pselect6_time64(int arg1, void *arg2, void *arg3, void *arg4, struct timespec *arg5, const struct sigset_argpack *arg6); /* pselect6_time64 */
long __libcall_ppoll_time64(struct pollfd *arg1, unsigned int arg2, struct timespec *arg3, const void *arg4, __SIZE_TYPE__ arg5); /* ppoll_time64 */
long __libcall_io_pgetevents_time64(unsigned long ctx_id, long min_nr, long nr, struct io_event *events, struct timespec *timeout, const struct __aio_sigset *sig); /* io_pgetevents_time64 */
long __libcall_recvmmsg_time64(int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct timespec *timeout); /* recvmmsg_time64 */
long __libcall_mq_timedsend_time64(int mqdes, const char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int msg_prio, const struct timespec *abs_timeout); /* mq_timedsend_time64 */
long __libcall_mq_timedreceive_time64(int mqdes, char *msg_ptr, __SIZE_TYPE__ msg_len, unsigned int *msg_prio, const struct timespec *abs_timeout); /* mq_timedreceive_time64 */
long __libcall_semtimedop_time64(int semid, struct sembuf *sops, unsigned int nsops, const struct timespec *timeout); /* semtimedop_time64 */
long __libcall_rt_sigtimedwait_time64(const void *uthese, void *uinfo, const struct timespec *uts, __SIZE_TYPE__ sigsetsize); /* rt_sigtimedwait_time64 */
long __libcall_futex_time64(unsigned int *uaddr, int op, unsigned int val, const struct timespec *utime, unsigned int *uaddr2, unsigned int val3); /* futex_time64 */
long __libcall_sched_rr_get_interval_time64(int pid, struct timespec *interval); /* sched_rr_get_interval_time64 */
long __libcall_pidfd_send_signal(int pidfd, int sig, void *info, unsigned int flags); /* pidfd_send_signal */
long __libcall_io_uring_setup(unsigned int entries, struct io_uring_params *p); /* io_uring_setup */
long __libcall_io_uring_enter(unsigned int fd, unsigned int to_submit, unsigned int min_complete, unsigned int flags, const void *argp, __SIZE_TYPE__ argsz); /* io_uring_enter */
long __libcall_io_uring_register(unsigned int fd, unsigned int op, void *arg, unsigned int nr_args); /* io_uring_register */
long __libcall_open_tree(int dfd, const char *path, unsigned int flags); /* open_tree */
long __libcall_move_mount(int from_dfd, const char *from_path, int to_dfd, const char *to_path, unsigned int ms_flags); /* move_mount */
long __libcall_fsopen(const char *fs_name, unsigned int flags); /* fsopen */
long __libcall_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux); /* fsconfig */
long __libcall_fsmount(int fs_fd, unsigned int flags, unsigned int ms_flags); /* fsmount */
long __libcall_fspick(int dfd, const char *path, unsigned int flags); /* fspick */
long __libcall_pidfd_open(int pid, unsigned int flags); /* pidfd_open */
long __libcall_clone3(struct clone_args *uargs, __SIZE_TYPE__ size); /* clone3 */
long __libcall_close_range(unsigned int fd, unsigned int max_fd, unsigned int flags); /* close_range */
long __libcall_openat2(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size); /* openat2 */
long __libcall_openat2_cancel(int dfd, const char *filename, struct open_how *how, __SIZE_TYPE__ size);
long __libcall_pidfd_getfd(int pidfd, int fd, unsigned int flags); /* pidfd_getfd */
long __libcall_faccessat2(int dfd, const char *filename, int mode, int flags); /* faccessat2 */
long __libcall_process_madvise(int pidfd, const struct iovec *vec, __SIZE_TYPE__ vlen, int behavior, unsigned int flags); /* process_madvise */
long __libcall_epoll_pwait2(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_epoll_pwait2_cancel(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout, const void *sigmask, __SIZE_TYPE__ sigsetsize);
long __libcall_mount_setattr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* mount_setattr */
long __libcall_quotactl_fd(unsigned int fd, unsigned int cmd, int id, void *addr); /* quotactl_fd */
long __libcall_landlock_create_ruleset(const struct landlock_ruleset_attr *attr, __SIZE_TYPE__ size, unsigned int flags); /* landlock_create_ruleset */
long __libcall_landlock_add_rule(int ruleset_fd, int rule_type, const void *rule_attr, unsigned int flags); /* landlock_add_rule */
long __libcall_landlock_restrict_self(int ruleset_fd, unsigned int flags); /* landlock_restrict_self */
long __libcall_memfd_secret(unsigned int flags); /* memfd_secret */
long __libcall_process_mrelease(int pidfd, unsigned int flags); /* process_mrelease */
long __libcall_futex_waitv(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid); /* futex_waitv */
long __libcall_futex_waitv_cancel(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long flags); /* set_mempolicy_home_node */
long __libcall_cachestat(unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int flags); /* cachestat */
long __libcall_fchmodat2(int dfd, const char *filename, unsigned int mode, unsigned int flags); /* fchmodat2 */
long __libcall_map_shadow_stack(unsigned long addr, unsigned long size, unsigned int flags); /* map_shadow_stack */
long __libcall_futex_wake(void *uaddr, unsigned long mask, int nr, unsigned int flags); /* futex_wake */
long __libcall_futex_wait(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid); /* futex_wait */
long __libcall_futex_wait_cancel(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec *timeout, int clockid);
long __libcall_futex_requeue(struct futex_waitv *waiters, unsigned int flags, int nr_wake, int nr_requeue); /* futex_requeue */
long __libcall_statmount(const struct mnt_id_req *req, struct statmount *buf, __SIZE_TYPE__ bufsize, unsigned int flags); /* statmount */
long __libcall_listmount(const struct mnt_id_req *req, unsigned long long *mnt_ids, __SIZE_TYPE__ nr_mnt_ids, unsigned int flags); /* listmount */
long __libcall_lsm_get_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int *size, unsigned int flags); /* lsm_get_self_attr */
long __libcall_lsm_set_self_attr(unsigned int attr, struct lsm_ctx *ctx, unsigned int size, unsigned int flags); /* lsm_set_self_attr */
long __libcall_lsm_list_modules(unsigned long long *ids, unsigned int *size, unsigned int flags); /* lsm_list_modules */
long __libcall_mseal(unsigned long start, __SIZE_TYPE__ len, unsigned long flags); /* mseal */
long __libcall_setxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, const struct xattr_args *uargs, __SIZE_TYPE__ usize); /* setxattrat */
long __libcall_getxattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name, struct xattr_args *uargs, __SIZE_TYPE__ usize); /* getxattrat */
long __libcall_listxattrat(int dfd, const char *pathname, unsigned int at_flags, char *list, __SIZE_TYPE__ size); /* listxattrat */
long __libcall_removexattrat(int dfd, const char *pathname, unsigned int at_flags, const char *name); /* removexattrat */
long __libcall_open_tree_attr(int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, __SIZE_TYPE__ usize); /* open_tree_attr */
long __libcall_file_getattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_getattr */
long __libcall_file_setattr(int dfd, const char *filename, struct file_attr *attr, __SIZE_TYPE__ usize, unsigned int at_flags); /* file_setattr */

#endif

#ifdef __cplusplus
}
#endif
#endif
