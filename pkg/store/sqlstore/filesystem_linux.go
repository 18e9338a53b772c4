package sqlstore

import "golang.org/x/sys/unix"

// networkFilesystem names the network filesystem a folder is on, or "".
func networkFilesystem(dir string) (string, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", err
	}
	switch uint32(s.Type) {
	case unix.NFS_SUPER_MAGIC:
		return "NFS", nil
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB", nil
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph", nil
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS", nil
	case unix.CODA_SUPER_MAGIC:
		return "Coda", nil
	case unix.OCFS2_SUPER_MAGIC:
		return "OCFS2", nil
	case 0x0BD00BD0:
		return "Lustre", nil
	case 0x47504653:
		return "GPFS", nil
	case 0x01161970:
		return "GFS2", nil
	}
	return "", nil
}
