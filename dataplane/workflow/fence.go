package workflow

// Fence says why a data plane holds back what it would do by itself: it runs on a copy whose original may still run.
type Fence struct {
	ID        string `json:"id"`                  // of this restoration
	ClusterID string `json:"clusterId,omitempty"` // of the original
	TakenAt   int64  `json:"takenAt"`             // when the copy was made, epoch milliseconds
	Since     int64  `json:"since"`               // when it was restored, epoch milliseconds
}
