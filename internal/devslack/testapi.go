package devslack

import "net/http"

func (s *Server) routeTestAPI(*http.ServeMux) {}
func (s *Server) routePage(*http.ServeMux)    {}
