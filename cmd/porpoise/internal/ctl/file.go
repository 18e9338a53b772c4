package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
)

func files() *noun {
	return &noun{
		name: "file", plural: "files", path: "/files", key: "fullName",
		columns: []column{{head: "ID", at: "id"}, {head: "PATH", at: "fullName"}, {head: "FOLDER", at: "directory"}, {head: "SIZE", at: "size", show: sizeText},
			{head: "OWNER", at: "owner"}, {head: "UPDATED", at: "updated", show: when}},
	}
}

func sizeText(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return text
	}
	return tell.Bytes(n)
}

// fileKind is the flag of what kind of resource is meant.
type fileKind struct{ udf bool }

func (k *fileKind) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&k.udf, "udf", false, "libraries of functions instead of files")
}

func (k *fileKind) word() string {
	if k.udf {
		return "UDF"
	}
	return "FILE"
}

func (a *app) newFile() *cobra.Command {
	cmd := group("file", "Files in the resource centre", "", "files")
	cmd.AddCommand(a.listFiles(), a.uploadFile(), a.downloadFile(), a.makeFolder(), a.moveFile(), a.deleteFiles())
	return cmd
}

// clean is a path as the server keeps it: /a/b.
func clean(given string) string { return path.Clean("/" + given) }

// findFile finds a file or folder by its path.
func (c *call) findFile(given string, k fileKind) (client.Record, error) {
	at := clean(given)
	rows, _, err := records(c, "/files", url.Values{"kind": {k.word()}, "path": {path.Dir(at)}, "search": {path.Base(at)}}, 0)
	if err != nil {
		return client.Record{}, err
	}
	for _, r := range rows {
		if r.Text("fullName") == at {
			return r, nil
		}
	}
	return client.Record{}, fmt.Errorf("there is no file %s", quote(at))
}

// folderID is the id of a folder, 0 of the root.
func (c *call) folderID(given string, k fileKind) (int64, error) {
	if clean(given) == "/" {
		return 0, nil
	}
	r, err := c.findFile(given, k)
	return r.ID(), err
}

func (a *app) listFiles() *cobra.Command {
	var k fileKind
	cmd := &cobra.Command{
		Use: "list [FOLDER]", Aliases: []string{"ls"}, Short: "List a folder", Args: args(0, 1),
		RunE: a.with(func(c *call, args []string) error {
			query := url.Values{"kind": {k.word()}}
			if len(args) > 0 {
				query.Set("path", clean(args[0]))
			}
			rows, total, err := records(c, "/files", query, 0)
			if err != nil {
				return err
			}
			return files().show(c, rows, total)
		}),
	}
	k.add(cmd)
	return cmd
}

func (a *app) makeFolder() *cobra.Command {
	var k fileKind
	cmd := &cobra.Command{
		Use: "mkdir FOLDER", Short: "Make a folder", Args: args(1, 1),
		RunE: a.with(func(c *call, args []string) error {
			at := clean(args[0])
			parent, err := c.folderID(path.Dir(at), k)
			if err != nil {
				return err
			}
			var r client.Record
			if err := c.Post(c.ctx, "/files/folders", map[string]any{"kind": k.word(), "parentId": parent, "name": path.Base(at)}, &r); err != nil {
				return err
			}
			return files().made(c, r, "created")
		}),
	}
	k.add(cmd)
	return cmd
}

func (a *app) uploadFile() *cobra.Command {
	var k fileKind
	var replace bool
	var description string
	cmd := &cobra.Command{
		Use: "upload FILE [PATH]", Short: "Upload a file", Args: args(1, 2),
		Example: `  porpoise ctl file upload jobs/clean.py /jobs/clean.py
  porpoise ctl file upload big.jar --replace`,
		RunE: a.with(func(c *call, args []string) error {
			to := "/" + filepath.Base(args[0])
			if len(args) > 1 {
				to = clean(args[1])
				if strings.HasSuffix(args[1], "/") {
					to = path.Join(to, filepath.Base(args[0]))
				}
			}
			r, err := c.upload(args[0], to, description, k, replace)
			if err != nil {
				return err
			}
			return files().made(c, r, "uploaded")
		}),
	}
	k.add(cmd)
	cmd.Flags().BoolVar(&replace, "replace", false, "replace what is there")
	cmd.Flags().StringVar(&description, "description", "", "what it is for")
	return cmd
}

// upload sends a file as it is read: it is never in memory as a whole.
func (c *call) upload(file, to, description string, k fileKind, replace bool) (r client.Record, err error) {
	f, err := os.Open(file)
	if err != nil {
		return r, wrong("%w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return r, err
	}
	if !info.Mode().IsRegular() {
		return r, wrong("%s is no file", file)
	}
	bar := newProgress(c.cmd.ErrOrStderr(), c.flags.quiet)
	defer bar.end()
	content := &counted{Reader: f, progress: bar, what: "uploading " + printable(path.Base(to)), total: info.Size()}
	if replace {
		old, err := c.findFile(to, k)
		if err == nil {
			return r, c.send("/files/"+old.Text("id")+"/content", nil, path.Base(to), content, &r)
		}
	}
	parent, err := c.folderID(path.Dir(to), k)
	if err != nil {
		return r, err
	}
	fields := [][2]string{{"kind", k.word()}, {"parentId", strconv.FormatInt(parent, 10)}, {"name", path.Base(to)}}
	if description != "" {
		fields = append(fields, [2]string{"description", description})
	}
	return r, c.send("/files", fields, path.Base(to), content, &r)
}

// send writes a form while it is sent.
func (c *call) send(to string, fields [][2]string, name string, content io.Reader, out any) error {
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	written := make(chan error, 1)
	go func() {
		err := writeForm(form, fields, name, content)
		written <- errors.Join(err, write.CloseWithError(err))
	}()
	err := c.Do(c.ctx, client.Request{Method: http.MethodPost, Path: to, Stream: read, Type: form.FormDataContentType()}, out)
	// A refusal may come before all was sent.
	_ = read.CloseWithError(context.Canceled)
	if broken := <-written; err == nil && broken != nil {
		err = broken
	}
	return err
}

func writeForm(form *multipart.Writer, fields [][2]string, name string, content io.Reader) error {
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition("file", name))
	header.Set("Content-Type", "application/octet-stream")
	part, err := form.CreatePart(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, content); err != nil {
		return err
	}
	return form.Close()
}

func (a *app) downloadFile() *cobra.Command {
	var k fileKind
	cmd := &cobra.Command{
		Use: "download PATH [FILE]", Short: "Download a file; - writes it to the output", Args: args(1, 2),
		RunE: a.with(func(c *call, args []string) error {
			r, err := c.findFile(args[0], k)
			if err != nil {
				return err
			}
			to := path.Base(clean(args[0]))
			if len(args) > 1 {
				to = args[1]
			}
			return c.download(r, to)
		}),
	}
	k.add(cmd)
	return cmd
}

func (c *call) download(r client.Record, to string) (err error) {
	response, err := c.Open(c.ctx, client.Request{Method: http.MethodGet, Path: "/files/" + r.Text("id") + "/download"})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	bar := newProgress(c.cmd.ErrOrStderr(), c.flags.quiet)
	defer bar.end()
	content := &counted{Reader: response.Body, progress: bar, what: "downloading " + printable(path.Base(to)), total: response.ContentLength}
	if to == "-" {
		_, err := io.Copy(c.out.w, content)
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".download-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	bar.end()
	c.say("%s written (%s)", to, tell.Bytes(content.done))
	return nil
}

func (a *app) deleteFiles() *cobra.Command {
	var k fileKind
	cmd := &cobra.Command{
		Use: "delete PATH...", Aliases: []string{"rm"}, Short: "Delete files, and folders with what is in them", Args: args(1, -1),
		RunE: a.with(func(c *call, args []string) error {
			for _, given := range args {
				r, err := c.findFile(given, k)
				if err != nil {
					return err
				}
				if err := c.Delete(c.ctx, "/files/"+r.Text("id")); err != nil {
					return err
				}
				c.say("file %s deleted", quote(clean(given)))
			}
			return nil
		}),
	}
	k.add(cmd)
	return cmd
}
