//! Constants of statfs(2).
/// `f_type` values: `QNX4_SUPER_MAGIC`.
pub const QNX4_SUPER_MAGIC: i64 = 47;
/// `f_type` values: `AUTOFS_SUPER_MAGIC`.
pub const AUTOFS_SUPER_MAGIC: i64 = 391;
/// `f_type` values: `MINIX_SUPER_MAGIC`.
pub const MINIX_SUPER_MAGIC: i64 = 0x137f;
/// `f_type` values: `DEVPTS_SUPER_MAGIC`.
pub const DEVPTS_SUPER_MAGIC: i64 = 0x1cd1;
/// `f_type` values: `MINIX2_SUPER_MAGIC`.
pub const MINIX2_SUPER_MAGIC: i64 = 0x2468;
/// `f_type` values: `NILFS_SUPER_MAGIC`.
pub const NILFS_SUPER_MAGIC: i64 = 0x3434;
/// `f_type` values: `MSDOS_SUPER_MAGIC`.
pub const MSDOS_SUPER_MAGIC: i64 = 0x4d44;
/// `f_type` values: `MINIX3_SUPER_MAGIC`.
pub const MINIX3_SUPER_MAGIC: i64 = 0x4d5a;
/// `f_type` values: `SMB_SUPER_MAGIC`.
pub const SMB_SUPER_MAGIC: i64 = 0x517b;
/// `f_type` values: `NCP_SUPER_MAGIC`.
pub const NCP_SUPER_MAGIC: i64 = 0x564c;
/// `f_type` values: `NFS_SUPER_MAGIC`.
pub const NFS_SUPER_MAGIC: i64 = 0x6969;
/// `f_type` values: `JFFS2_SUPER_MAGIC`.
pub const JFFS2_SUPER_MAGIC: i64 = 0x72b6;
/// `f_type` values: `ISOFS_SUPER_MAGIC`.
pub const ISOFS_SUPER_MAGIC: i64 = 0x9660;
/// `f_type` values: `PROC_SUPER_MAGIC`.
pub const PROC_SUPER_MAGIC: i64 = 0x9fa0;
/// `f_type` values: `OPENPROM_SUPER_MAGIC`.
pub const OPENPROM_SUPER_MAGIC: i64 = 0x9fa1;
/// `f_type` values: `USBDEVICE_SUPER_MAGIC`.
pub const USBDEVICE_SUPER_MAGIC: i64 = 0x9fa2;
/// `f_type` values: `ADFS_SUPER_MAGIC`.
pub const ADFS_SUPER_MAGIC: i64 = 0xadf5;
/// `f_type` values: `AFFS_SUPER_MAGIC`.
pub const AFFS_SUPER_MAGIC: i64 = 0xadff;
/// `f_type` values: `EXT2_SUPER_MAGIC`.
pub const EXT2_SUPER_MAGIC: i64 = 0xef53;
/// `f_type` values: `EXT3_SUPER_MAGIC`.
pub const EXT3_SUPER_MAGIC: i64 = 0xef53;
/// `f_type` values: `EXT4_SUPER_MAGIC`.
pub const EXT4_SUPER_MAGIC: i64 = 0xef53;
/// `f_type` values: `ECRYPTFS_SUPER_MAGIC`.
pub const ECRYPTFS_SUPER_MAGIC: i64 = 0xf15f;
/// `f_type` values: `CGROUP_SUPER_MAGIC`.
pub const CGROUP_SUPER_MAGIC: i64 = 0x27e0eb;
/// `f_type` values: `EFS_SUPER_MAGIC`.
pub const EFS_SUPER_MAGIC: i64 = 0x414a53;
/// `f_type` values: `HOSTFS_SUPER_MAGIC`.
pub const HOSTFS_SUPER_MAGIC: i64 = 0xc0ffee;
/// `f_type` values: `CEPH_SUPER_MAGIC`.
pub const CEPH_SUPER_MAGIC: i64 = 0xc36400;
/// `f_type` values: `TMPFS_MAGIC`.
pub const TMPFS_MAGIC: i64 = 0x1021994;
/// `f_type` values: `V9FS_MAGIC`.
pub const V9FS_MAGIC: i64 = 0x1021997;
/// `f_type` values: `RDTGROUP_SUPER_MAGIC`.
pub const RDTGROUP_SUPER_MAGIC: i64 = 0x7655821;
/// `f_type` values: `ANON_INODE_FS_MAGIC`.
pub const ANON_INODE_FS_MAGIC: i64 = 0x9041934;
/// `f_type` values: `FUTEXFS_SUPER_MAGIC`.
pub const FUTEXFS_SUPER_MAGIC: i64 = 0xbad1dea;
/// `f_type` values: `MTD_INODE_FS_MAGIC`.
pub const MTD_INODE_FS_MAGIC: i64 = 0x11307854;
/// `f_type` values: `UDF_SUPER_MAGIC`.
pub const UDF_SUPER_MAGIC: i64 = 0x15013346;
/// `f_type` values: `EXFAT_SUPER_MAGIC`.
pub const EXFAT_SUPER_MAGIC: i64 = 0x2011bab0;
/// `f_type` values: `CRAMFS_MAGIC`.
pub const CRAMFS_MAGIC: i64 = 0x28cd3d45;
/// `f_type` values: `BINFMTFS_MAGIC`.
pub const BINFMTFS_MAGIC: i64 = 0x42494e4d;
/// `f_type` values: `SMACK_MAGIC`.
pub const SMACK_MAGIC: i64 = 0x43415d53;
/// `f_type` values: `DMA_BUF_MAGIC`.
pub const DMA_BUF_MAGIC: i64 = 0x444d4142;
/// `f_type` values: `DEVMEM_MAGIC`.
pub const DEVMEM_MAGIC: i64 = 0x454d444d;
/// `f_type` values: `PIPEFS_MAGIC`.
pub const PIPEFS_MAGIC: i64 = 0x50495045;
/// `f_type` values: `REISERFS_SUPER_MAGIC`.
pub const REISERFS_SUPER_MAGIC: i64 = 0x52654973;
/// `f_type` values: `SECRETMEM_MAGIC`.
pub const SECRETMEM_MAGIC: i64 = 0x5345434d;
/// `f_type` values: `AFS_SUPER_MAGIC`.
pub const AFS_SUPER_MAGIC: i64 = 0x5346414f;
/// `f_type` values: `SOCKFS_MAGIC`.
pub const SOCKFS_MAGIC: i64 = 0x534f434b;
/// `f_type` values: `XFS_SUPER_MAGIC`.
pub const XFS_SUPER_MAGIC: i64 = 0x58465342;
/// `f_type` values: `AAFS_MAGIC`.
pub const AAFS_MAGIC: i64 = 0x5a3c69f0;
/// `f_type` values: `ZONEFS_MAGIC`.
pub const ZONEFS_MAGIC: i64 = 0x5a4f4653;
/// `f_type` values: `PSTOREFS_MAGIC`.
pub const PSTOREFS_MAGIC: i64 = 0x6165676c;
/// `f_type` values: `BDEVFS_MAGIC`.
pub const BDEVFS_MAGIC: i64 = 0x62646576;
/// `f_type` values: `SYSFS_MAGIC`.
pub const SYSFS_MAGIC: i64 = 0x62656572;
/// `f_type` values: `CGROUP2_SUPER_MAGIC`.
pub const CGROUP2_SUPER_MAGIC: i64 = 0x63677270;
/// `f_type` values: `DEBUGFS_MAGIC`.
pub const DEBUGFS_MAGIC: i64 = 0x64626720;
/// `f_type` values: `DAXFS_MAGIC`.
pub const DAXFS_MAGIC: i64 = 0x64646178;
/// `f_type` values: `FUSE_SUPER_MAGIC`.
pub const FUSE_SUPER_MAGIC: i64 = 0x65735546;
/// `f_type` values: `QNX6_SUPER_MAGIC`.
pub const QNX6_SUPER_MAGIC: i64 = 0x68191122;
/// `f_type` values: `AFS_FS_MAGIC`.
pub const AFS_FS_MAGIC: i64 = 0x6b414653;
/// `f_type` values: `BINDERFS_SUPER_MAGIC`.
pub const BINDERFS_SUPER_MAGIC: i64 = 0x6c6f6f70;
/// `f_type` values: `NSFS_MAGIC`.
pub const NSFS_MAGIC: i64 = 0x6e736673;
/// `f_type` values: `SECURITYFS_MAGIC`.
pub const SECURITYFS_MAGIC: i64 = 0x73636673;
/// `f_type` values: `SQUASHFS_MAGIC`.
pub const SQUASHFS_MAGIC: i64 = 0x73717368;
/// `f_type` values: `BTRFS_TEST_MAGIC`.
pub const BTRFS_TEST_MAGIC: i64 = 0x73727279;
/// `f_type` values: `CODA_SUPER_MAGIC`.
pub const CODA_SUPER_MAGIC: i64 = 0x73757245;
/// `f_type` values: `OCFS2_SUPER_MAGIC`.
pub const OCFS2_SUPER_MAGIC: i64 = 0x7461636f;
/// `f_type` values: `TRACEFS_MAGIC`.
pub const TRACEFS_MAGIC: i64 = 0x74726163;
/// `f_type` values: `OVERLAYFS_SUPER_MAGIC`.
pub const OVERLAYFS_SUPER_MAGIC: i64 = 0x794c7630;
/// `f_type` values: `RAMFS_MAGIC`.
pub const RAMFS_MAGIC: i64 = 0x858458f6;
/// `f_type` values: `BTRFS_SUPER_MAGIC`.
pub const BTRFS_SUPER_MAGIC: i64 = 0x9123683e;
/// `f_type` values: `HUGETLBFS_MAGIC`.
pub const HUGETLBFS_MAGIC: i64 = 0x958458f6;
/// `f_type` values: `XENFS_SUPER_MAGIC`.
pub const XENFS_SUPER_MAGIC: i64 = 0xabba1974;
/// `f_type` values: `BPF_FS_MAGIC`.
pub const BPF_FS_MAGIC: i64 = 0xcafe4a11;
/// `f_type` values: `EFIVARFS_MAGIC`.
pub const EFIVARFS_MAGIC: i64 = 0xde5e81e4;
/// `f_type` values: `F2FS_SUPER_MAGIC`.
pub const F2FS_SUPER_MAGIC: i64 = 0xf2f52010;
/// `f_type` values: `SELINUX_MAGIC`.
pub const SELINUX_MAGIC: i64 = 0xf97cff8c;
/// `f_type` values: `HPFS_SUPER_MAGIC`.
pub const HPFS_SUPER_MAGIC: i64 = 0xf995e849;
/// `f_type` values: `SMB2_SUPER_MAGIC`.
pub const SMB2_SUPER_MAGIC: i64 = 0xfe534d42;
/// `f_type` values: `CIFS_SUPER_MAGIC`.
pub const CIFS_SUPER_MAGIC: i64 = 0xff534d42;
