package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	publish "github.com/podium-cloud/podium/examples/publish-images"
)

// countries are the inputs of the workflows, in turn: each takes another branch of the workflow.
var countries = []string{"KR", "US", "JP", "DE"}

// story is one run of the demo.
type story struct {
	binary    string
	workflows int
	log       *slog.Logger
	report    Report
}

// tell runs the story in a temporary folder and removes the folder at the end.
func (s *story) tell(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "podium-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	begun := time.Now()
	process, err := startCloud(ctx, s.binary, filepath.Join(dir, "cloud"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, process.stop()) }()
	api, err := newAPI(process.address)
	if err != nil {
		return err
	}
	if err := process.untilUp(ctx, api); err != nil {
		return err
	}
	s.report.SecondsToUp = seconds(begun)
	s.log.Info("The cloud is up", "address", process.address)

	const organization = "lighthouse-pictures"
	if err := api.signUp(ctx, "ada@example.com", rand.Text(), "Ada", organization); err != nil {
		return err
	}
	s.log.Info("Signed up", "organization", organization)
	created, err := s.createCluster(ctx, api, organization, "images")
	if err != nil {
		return err
	}
	if err := s.publishImages(ctx, api, created, filepath.Join(dir, "images")); err != nil {
		return err
	}
	return s.deleteCluster(ctx, api, created, process)
}

func (s *story) createCluster(ctx context.Context, api *api, organization, name string) (cluster, error) {
	begun := time.Now()
	created, err := api.createCluster(ctx, organization, name)
	if err != nil {
		return cluster{}, err
	}
	if err := api.follow(ctx, created.Operation, s.step); err != nil {
		return cluster{}, err
	}
	ready, err := api.cluster(ctx, organization, name)
	if err != nil {
		return cluster{}, err
	}
	if ready.State != "READY" {
		return cluster{}, fmt.Errorf("cluster %s is %s after its creation: %s", name, ready.State, ready.Reason)
	}
	s.report.SecondsToReady = seconds(begun)
	s.log.Info("The cluster is ready", "endpoint", ready.Endpoint, "seconds", s.report.SecondsToReady)
	return ready, nil
}

// step tells of a step of an operation that has changed.
func (s *story) step(o operation, st step) {
	s.log.Info("Operation", "kind", o.Kind, "step", st.Title, "state", st.State)
}

// publishImages runs the publish-images example on the cluster: definitions, worker and workflows over the official SDK.
func (s *story) publishImages(ctx context.Context, api *api, on cluster, dir string) (err error) {
	key, err := api.createAccessKey(ctx, on, "demo worker")
	if err != nil {
		return err
	}
	conductor := client.NewAPIClient(settings.NewAuthenticationSettings(key.ID, key.Secret), settings.NewHttpSettings(on.Endpoint))
	publisher, err := publish.Open(filepath.Join(dir, "library"), dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	if err := drawPoster(filepath.Join(dir, "library", "poster.png")); err != nil {
		return err
	}
	if err := publisher.Example().Register(ctx, conductor); err != nil {
		return err
	}
	stop, err := publisher.Example().Work(conductor, 4)
	if err != nil {
		return err
	}
	defer stop()

	begun := time.Now()
	workflows := executor.NewWorkflowExecutor(conductor)
	var started []string
	for i := range s.workflows {
		id, err := workflows.StartWorkflowWithContext(ctx, model.NewStartWorkflowRequest(publish.Workflow, 1, "", map[string]any{
			"show": fmt.Sprintf("show-%d", i+1), "country": countries[i%len(countries)], "image": "poster.png",
		}))
		if err != nil {
			return fmt.Errorf("start workflow %d: %w", i+1, err)
		}
		started = append(started, id)
		s.report.Workflows++
	}
	s.log.Info("Started the workflows", "count", len(started))
	for _, id := range started {
		if err := untilCompleted(ctx, workflows, id); err != nil {
			return err
		}
		s.report.Completed++
	}
	s.report.SecondsToRun = seconds(begun)
	s.report.Images, err = countFiles(filepath.Join(dir, "cdn", "edge"))
	if err != nil {
		return err
	}
	if s.report.Images == 0 {
		return errors.New("the workflows are completed and the delivery network serves no image")
	}
	s.log.Info("All workflows are completed", "seconds", s.report.SecondsToRun, "images", s.report.Images)
	return nil
}

// untilCompleted waits for the end of a workflow; another end than COMPLETED is an error with its reason.
func untilCompleted(ctx context.Context, workflows *executor.WorkflowExecutor, id string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		w, err := workflows.GetWorkflowWithContext(ctx, id, false)
		if err != nil {
			return fmt.Errorf("look at workflow %s: %w", id, err)
		}
		switch w.Status {
		case model.CompletedWorkflow:
			return nil
		case model.RunningWorkflow:
		default:
			return fmt.Errorf("workflow %s is %s: %s", id, w.Status, w.ReasonForIncompletion)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("workflow %s is still %s: %w", id, w.Status, ctx.Err())
		case <-tick.C:
		}
	}
}

// deleteCluster deletes the cluster and checks that its record, its address, its process and its folder are gone.
func (s *story) deleteCluster(ctx context.Context, api *api, c cluster, process *process) error {
	deletion, err := api.deleteCluster(ctx, c)
	if err != nil {
		return err
	}
	if err := api.follow(ctx, deletion, s.step); err != nil {
		return err
	}
	switch left, err := api.cluster(ctx, c.Organization, c.Name); {
	case err == nil:
		return fmt.Errorf("the deleted cluster still has a record, and is %s", left.State)
	case !isNotFound(err):
		return err
	}
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil {
		return fmt.Errorf("endpoint of the cluster: %w", err)
	}
	if connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", endpoint.Host); err == nil {
		return errors.Join(fmt.Errorf("the deleted cluster still answers at %s", endpoint.Host), connection.Close())
	}
	if left, err := process.children(); err != nil || len(left) > 0 {
		return errors.Join(err, fmt.Errorf("processes of the deleted cluster: %d %s", len(left), strings.Join(left, "; ")))
	}
	if left, err := foldersOf(process.data, c.ID, c.Name); err != nil || len(left) > 0 {
		return errors.Join(err, fmt.Errorf("folders of the deleted cluster: %d %s", len(left), strings.Join(left, ", ")))
	}
	s.log.Info("The cluster is deleted and nothing is left of it")
	return nil
}

// foldersOf finds what bears the cluster's id or name below the cloud's folder.
func foldersOf(data, id, name string) (found []string, err error) {
	err = filepath.WalkDir(data, func(p string, d fs.DirEntry, err error) error {
		if err == nil && (d.Name() == name || strings.Contains(d.Name(), id)) {
			found = append(found, p)
		}
		return err
	})
	return found, err
}

func countFiles(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	return n, err
}

func drawPoster(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(publish.Poster(f, 1600), f.Close())
}
