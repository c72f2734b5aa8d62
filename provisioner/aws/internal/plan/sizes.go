package plan

// Size is what a cluster of a size has on AWS. Fargate takes only certain pairs of CPU and memory.
type Size struct {
	ID, Name  string
	CPU       int // of a node, in 1024ths of a vCPU
	MemoryMB  int // of a node
	DBClass   string
	DBMultiAZ bool
	StorageGB int
	CacheType string
	CacheNum  int // cache nodes; two fail over
	ZonalNAT  bool
}

// Sizes returns what can be chosen, from small to large.
func Sizes() []Size {
	return []Size{
		{
			ID: "dev", Name: "Development", CPU: 512, MemoryMB: 1024, DBClass: "db.t4g.medium", StorageGB: 20,
			CacheType: "cache.t4g.small", CacheNum: 1,
		},
		{
			ID: "standard", Name: "Standard", CPU: 2048, MemoryMB: 4096, DBClass: "db.m6g.large", DBMultiAZ: true, StorageGB: 100,
			CacheType: "cache.m6g.large", CacheNum: 2, ZonalNAT: true,
		},
		{
			ID: "large", Name: "Large", CPU: 4096, MemoryMB: 8192, DBClass: "db.r6g.2xlarge", DBMultiAZ: true, StorageGB: 500,
			CacheType: "cache.r6g.xlarge", CacheNum: 2, ZonalNAT: true,
		},
	}
}

// SizeOf returns the size of that id.
func SizeOf(id string) (Size, bool) {
	for _, s := range Sizes() {
		if s.ID == id {
			return s, true
		}
	}
	return Size{}, false
}
